import type { PullSecretReader } from '../../ports/pull-secrets.ts';
import type { PullAccess } from '../../ports/registry.ts';
import type { Credential } from './credential.ts';
import { type DockerConfigEntry, findCredentials, parseDockerConfig } from './docker-config.ts';
import { TransientRegistryError } from './transient-registry-error.ts';

/** A Secret anywhere in the cluster. */
interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

interface Loaded {
  readonly entries: readonly DockerConfigEntry[];
  readonly problems: readonly string[];
}

/** What may be tried, in order, and what stood in the way of more. */
export interface CredentialLookup {
  readonly credentials: readonly Credential[];
  readonly problems: readonly string[];
}

/**
 * The credentials that one release may use: those of its own imagePullSecrets, then those of its ServiceAccount, then
 * the one that the platform has set for the registry. A Secret that is missing or broken is passed over, as the
 * kubelet does, and remembered for the message that will be needed. Each is read once, when it is first needed.
 */
export class Keyring {
  readonly #reader: PullSecretReader;
  readonly #access: PullAccess;
  readonly #loaded = new Map<string, Promise<Loaded>>();

  constructor(reader: PullSecretReader, access: PullAccess) {
    this.#reader = reader;
    this.#access = access;
  }

  /** For `registry/path`. Rejects with a transient RegistryError when the API server cannot be asked. */
  async lookup(
    repository: string,
    ofRegistry: SecretName | undefined,
    signal: AbortSignal,
  ): Promise<CredentialLookup> {
    try {
      const tiers = await Promise.all([
        this.#once('release', () => this.#load(this.#access.imagePullSecrets, signal)),
        this.#once('service account', () => this.#loadOfServiceAccount(signal)),
        ...(ofRegistry === undefined ? [] : [this.#loadOne(ofRegistry, signal)]),
      ]);
      return {
        credentials: tiers.flatMap(({ entries }) => findCredentials(entries, repository)),
        problems: tiers.flatMap(({ problems }) => problems),
      };
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new TransientRegistryError(`the pull secrets cannot be read: ${detail}`, { cause });
    }
  }

  async #loadOfServiceAccount(signal: AbortSignal): Promise<Loaded> {
    const { imagePullSecrets, namespace, serviceAccount } = this.#access;
    if (serviceAccount === undefined) return { entries: [], problems: [] };
    const names = await this.#reader.imagePullSecretsOf(namespace, serviceAccount, signal);
    return await this.#load(
      names.filter((name) => !imagePullSecrets.includes(name)),
      signal,
    );
  }

  async #load(names: readonly string[], signal: AbortSignal): Promise<Loaded> {
    const { namespace } = this.#access;
    const all = await Promise.all(names.map((name) => this.#loadOne({ namespace, name }, signal)));
    return {
      entries: all.flatMap(({ entries }) => entries),
      problems: all.flatMap(({ problems }) => problems),
    };
  }

  #loadOne({ name, namespace }: SecretName, signal: AbortSignal): Promise<Loaded> {
    const origin = `Secret ${namespace}/${name}`;
    return this.#once(origin, async () => {
      const secret = await this.#reader.pullSecret(namespace, name, signal);
      return secret === undefined
        ? { entries: [], problems: [`${origin} does not exist, or holds no pull credentials`] }
        : parseDockerConfig(secret, origin);
    });
  }

  /** A failure is not remembered: the next request asks again. */
  #once(key: string, load: () => Promise<Loaded>): Promise<Loaded> {
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const loading = load();
    this.#loaded.set(key, loading);
    loading.catch(() => this.#loaded.delete(key));
    return loading;
  }
}
