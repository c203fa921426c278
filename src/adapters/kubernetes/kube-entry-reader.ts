import { z } from 'zod';
import type { AuthorityMaterialReader, EntryRef } from '../../ports/authority-material.ts';
import type { CertificateReader } from '../../ports/registry-configuration.ts';
import type { ApiClient } from './api-client.ts';
import { readIfPresent } from './read-if-present.ts';
import { type Resource, resourcePath } from './resource-path.ts';
import { CONFIG_MAPS, SECRETS } from './resources.ts';

const Entries = z.object({ data: z.record(z.string(), z.string()).default({}) });

/**
 * Reads entries of Secrets and ConfigMaps. Asks the API server each time: a key that is taken out of its Secret must
 * not go on counting.
 */
export class KubeEntryReader implements AuthorityMaterialReader, CertificateReader {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async publicKeys(namespace: string, ref: EntryRef, signal: AbortSignal): Promise<string | undefined> {
    const encoded = await this.#entry(SECRETS, namespace, ref, signal);
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  }

  trustedRoot(namespace: string, ref: EntryRef, signal: AbortSignal): Promise<string | undefined> {
    return this.#entry(CONFIG_MAPS, namespace, ref, signal);
  }

  certificates(namespace: string, ref: EntryRef): Promise<string | undefined> {
    return this.#entry(CONFIG_MAPS, namespace, ref);
  }

  async #entry(
    resource: Resource,
    namespace: string,
    { key, name }: EntryRef,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const path = resourcePath(resource, { namespace, name });
    const { data = {} } = (await readIfPresent(this.#client, path, Entries, signal)) ?? {};
    return Object.hasOwn(data, key) ? data[key] : undefined;
  }
}
