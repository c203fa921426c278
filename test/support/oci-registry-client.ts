import type { Operation } from '../../src/adapters/oci-registry/http-exchange.ts';
import { OciRegistry, type OciRegistryOptions } from '../../src/adapters/oci-registry/oci-registry.ts';
import { proxySettings } from '../../src/adapters/oci-registry/proxy-settings.ts';
import {
  DEFAULT_SETTINGS,
  type RegistrySettings,
} from '../../src/adapters/oci-registry/registry-settings.ts';
import { systemClock } from '../../src/controller/clock.ts';
import type { PullSecretReader } from '../../src/ports/pull-secrets.ts';
import type { PullAccess, RepositoryReader } from '../../src/ports/registry.ts';

export const never = new AbortController().signal;
export const ANONYMOUS: PullAccess = { namespace: 'shop', imagePullSecrets: [] };
export const PLAIN: RegistrySettings = { plainHttp: true, mirrors: [] };

/** `auths` by the name of the Secret, all in the namespace `shop` unless the name says otherwise. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, object>>>>;

export const login = (username: string, password: string) => ({
  auth: Buffer.from(`${username}:${password}`).toString('base64'),
});

export interface Harness extends AsyncDisposable {
  readonly registry: OciRegistry;
  readonly requests: readonly { readonly operation: Operation; readonly status: number | undefined }[];
  open(repository: string, access?: PullAccess): RepositoryReader;
}

export interface HarnessOptions extends Partial<Omit<OciRegistryOptions, 'settingsOf' | 'pullSecrets'>> {
  /** By registry; others are over HTTPS. */
  readonly settings?: Readonly<Record<string, RegistrySettings>>;
  readonly secrets?: Secrets;
  readonly serviceAccounts?: Readonly<Record<string, readonly string[]>>;
  readonly pullSecrets?: PullSecretReader;
}

/** A client with the secrets and settings of the test, that retries at once. `await using` closes it. */
export function aClient(options: HarnessOptions = {}): Harness {
  const { secrets = {}, serviceAccounts = {}, settings = {}, ...rest } = options;
  const requests: { operation: Operation; status: number | undefined }[] = [];
  const registry = new OciRegistry({
    settingsOf: (name) => settings[name] ?? DEFAULT_SETTINGS,
    pullSecrets: {
      pullSecret: async (namespace, name) => {
        const auths = secrets[namespace === 'shop' ? name : `${namespace}/${name}`];
        return auths && { format: 'dockerconfigjson', json: JSON.stringify({ auths }) };
      },
      imagePullSecretsOf: async (_, name) => serviceAccounts[name] ?? [],
    },
    proxies: proxySettings({}),
    clock: systemClock,
    random: () => 0,
    observer: { requestFinished: (_, operation, status) => requests.push({ operation, status }) },
    ...rest,
  });
  return {
    registry,
    requests,
    open: (repository, access = ANONYMOUS) => registry.open(repository, access),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}

/** Settings under which these registries are spoken to without TLS. */
export const plain = (
  ...registries: readonly { readonly host: string }[]
): Readonly<Record<string, RegistrySettings>> =>
  Object.fromEntries(registries.map(({ host }) => [host, PLAIN]));
