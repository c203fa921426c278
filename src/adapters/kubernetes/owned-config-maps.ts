import { FIELD_MANAGER, GROUP } from '../../api/artifact-release.ts';
import type { Owner } from '../../domain/protection/keep-tag.ts';
import type { ApiClient } from './api-client.ts';
import { isNotFound } from './kube-api-error.ts';
import { resourcePath } from './resource-path.ts';
import { CONFIG_MAPS } from './resources.ts';

/** A ConfigMap takes 1 MiB of data; this leaves room for its metadata. */
export const MAX_CONFIG_MAP_BYTES = 900 * 1024;
/** Of up to 1.2 MiB each, in base64: a page stays well below what the client takes. */
const PAGE_SIZE = 20;
const LIST_TIMEOUT_MS = 60_000;

export interface ConfigMapContent {
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  /** In base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** The ConfigMaps of one purpose that one operator has written beside itself. Another's are never touched. */
export class OwnedConfigMaps {
  readonly #client: ApiClient;
  readonly #namespace: string;
  readonly #labels: Readonly<Record<string, string>>;

  constructor(client: ApiClient, namespace: string, owner: Owner, purpose: 'record' | 'digests') {
    this.#client = client;
    this.#namespace = namespace;
    this.#labels = {
      'app.kubernetes.io/managed-by': 'artifactrelease',
      [`${GROUP}/protection`]: purpose,
      [`${GROUP}/owner`]: owner,
    };
  }

  async *list(signal: AbortSignal): AsyncGenerator<unknown> {
    const path = resourcePath(CONFIG_MAPS, { namespace: this.#namespace });
    const labels = Object.entries(this.#labels).map(([name, value]) => `${name}=${value}`);
    let token: string | undefined;
    do {
      const query = { labelSelector: labels.join(','), limit: PAGE_SIZE, continue: token };
      const page = await this.#client.list<unknown>(path, { query, signal, timeoutMs: LIST_TIMEOUT_MS });
      yield* page.items;
      token = page.metadata.continue;
    } while (token);
  }

  /** Whatever its labels are: somebody may have changed them. Listed, which needs no right beyond that of `list`. */
  async find(name: string, signal: AbortSignal): Promise<unknown> {
    const path = resourcePath(CONFIG_MAPS, { namespace: this.#namespace });
    const query = { fieldSelector: `metadata.name=${name}` };
    const { items } = await this.#client.list<unknown>(path, { query, signal });
    return items[0];
  }

  /** Creates or replaces it. Applied, so that nothing has to be read first, and entries that are left out go. */
  async write(name: string, content: ConfigMapContent, signal: AbortSignal): Promise<void> {
    const { annotations, ...entries } = content;
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: this.#namespace, name, labels: this.#labels, annotations },
      ...entries,
    };
    await this.#client.apply(this.#path(name), body, { fieldManager: FIELD_MANAGER, force: true, signal });
  }

  /** That there is none is no error. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.delete(this.#path(name), { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #path(name: string): string {
    return resourcePath(CONFIG_MAPS, { namespace: this.#namespace, name });
  }
}
