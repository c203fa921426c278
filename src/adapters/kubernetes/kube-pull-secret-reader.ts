import { z } from 'zod';
import { DnsSubdomain } from '../../api/scalars.ts';
import type { PullSecret, PullSecretReader } from '../../ports/pull-secrets.ts';
import type { ApiClient } from './api-client.ts';
import { readIfPresent } from './read-if-present.ts';
import { resourcePath } from './resource-path.ts';
import { SECRETS, SERVICE_ACCOUNTS } from './resources.ts';

const base64 = z.string().transform((text) => Buffer.from(text, 'base64').toString('utf8'));

const Secret = z.object({
  type: z.string().optional(),
  data: z.object({ '.dockerconfigjson': base64, '.dockercfg': base64 }).partial().default({}),
});

const ServiceAccount = z.object({
  imagePullSecrets: z.array(z.object({ name: z.string().default('') })).default([]),
});

/** Reads each Secret when it is needed and keeps none: one that is withdrawn counts no more, and none is in memory. */
export class KubePullSecretReader implements PullSecretReader {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async pullSecret(namespace: string, name: string, signal: AbortSignal): Promise<PullSecret | undefined> {
    const secret = await readIfPresent(
      this.#client,
      resourcePath(SECRETS, { namespace, name }),
      Secret,
      signal,
    );
    const { '.dockerconfigjson': config, '.dockercfg': auths } = secret?.data ?? {};
    switch (secret?.type) {
      case 'kubernetes.io/dockerconfigjson':
        return config === undefined ? undefined : { format: 'dockerconfigjson', json: config };
      case 'kubernetes.io/dockercfg':
        return auths === undefined ? undefined : { format: 'dockercfg', json: auths };
      default:
        return undefined;
    }
  }

  async imagePullSecretsOf(
    namespace: string,
    serviceAccount: string,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const path = resourcePath(SERVICE_ACCOUNTS, { namespace, name: serviceAccount });
    const account = await readIfPresent(this.#client, path, ServiceAccount, signal);
    const names = account?.imagePullSecrets.map(({ name }) => name) ?? [];
    // The API server takes any text there; what is no name can be no Secret either.
    return names.filter((name) => DnsSubdomain.safeParse(name).success);
  }
}
