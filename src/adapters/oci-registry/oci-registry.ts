import type { Random } from '../../controller/backoff.ts';
import type { Clock } from '../../controller/clock.ts';
import { formatRepository, parseRepository, type RepositoryName } from '../../domain/repository-name.ts';
import type { PullSecretReader } from '../../ports/pull-secrets.ts';
import type { PullAccess, Registry, RepositoryReader } from '../../ports/registry.ts';
import type { RepositoryWriter, WritableRegistry } from '../../ports/registry-writer.ts';
import { apiOrigin } from './api-origin.ts';
import { Authenticator } from './authenticator.ts';
import { ConnectionPools } from './connection-pools.ts';
import { Endpoint } from './endpoint.ts';
import { HttpExchange, type RegistryObserver } from './http-exchange.ts';
import { Keyring } from './keyring.ts';
import type { ProxySettings } from './proxy-settings.ts';
import type { MirrorSettings, SettingsOf } from './registry-settings.ts';
import { RegistryTransport } from './registry-transport.ts';
import { RepositoryClient, type TimeLimits } from './repository-client.ts';
import { RepositoryWritingClient, type RepositoryWritingClientOptions } from './repository-writing-client.ts';
import { TokenService } from './token-service.ts';

const DEFAULT_LIMITS: TimeLimits = { callMs: 30_000, mirrorMs: 10_000, answerMs: 10_000 };

export interface OciRegistryOptions {
  readonly settingsOf: SettingsOf;
  readonly pullSecrets: PullSecretReader;
  readonly proxies: ProxySettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: RegistryObserver;
  readonly limits?: TimeLimits;
}

/**
 * Registries that speak the OCI distribution API, https://github.com/opencontainers/distribution-spec. Connections,
 * tokens and what registries want to be authenticated by are shared by all readers; credentials by none.
 */
export class OciRegistry implements Registry, WritableRegistry {
  readonly #options: OciRegistryOptions;
  readonly #limits: TimeLimits;
  readonly #pools: ConnectionPools;
  readonly #transport: RegistryTransport;

  constructor(options: OciRegistryOptions) {
    const { clock, limits = DEFAULT_LIMITS, observer, proxies } = options;
    this.#options = options;
    this.#limits = limits;
    this.#pools = new ConnectionPools(proxies, limits.answerMs);
    const http = new HttpExchange(this.#pools, clock, observer);
    const authenticator = new Authenticator(new TokenService(http, clock), clock);
    this.#transport = new RegistryTransport(http, authenticator, clock);
  }

  open(repository: string, access: PullAccess): RepositoryReader {
    const { pullSecrets, settingsOf } = this.#options;
    const name = parseRepository(repository);
    const keyring = new Keyring(pullSecrets, access);
    const mirrors = settingsOf(name.registry).mirrors.map((mirror) => ({
      ...{ name: mirrored(name, mirror), listings: mirror.listings },
    }));
    return new RepositoryClient({
      ...this.#atRegistry(name, keyring),
      mirrors: mirrors.map((mirror) => this.#endpoint(mirror.name, mirror.listings, keyring)),
    });
  }

  openForWriting(repository: string, access: PullAccess): RepositoryWriter {
    const keyring = new Keyring(this.#options.pullSecrets, access);
    return new RepositoryWritingClient(this.#atRegistry(parseRepository(repository), keyring));
  }

  /** Drops every connection; calls in flight reject. */
  async close(): Promise<void> {
    await this.#pools.close();
  }

  #atRegistry(name: RepositoryName, keyring: Keyring): RepositoryWritingClientOptions {
    const { clock, random } = this.#options;
    return {
      repository: formatRepository(name),
      registry: this.#endpoint(name, true, keyring),
      ...{ transport: this.#transport, clock, random, limits: this.#limits },
    };
  }

  /** A mirror is a registry of its own: with its own settings, and never with the credentials of what it mirrors. */
  #endpoint(name: RepositoryName, listings: boolean, keyring: Keyring): Endpoint {
    const { ca, plainHttp, pullSecret } = this.#options.settingsOf(name.registry);
    return new Endpoint({
      peer: { registry: name.registry, plainHttp, ca },
      origin: apiOrigin(name.registry, plainHttp),
      path: name.path,
      listings,
      lookup: (signal) => keyring.lookup(formatRepository(name), pullSecret, signal),
    });
  }
}

function mirrored({ path }: RepositoryName, { location }: MirrorSettings): RepositoryName {
  return parseRepository(`${location}/${path}`);
}
