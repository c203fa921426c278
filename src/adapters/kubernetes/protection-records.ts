import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FIELD_MANAGER, GROUP } from '../../api/artifact-release.ts';
import type { Owner } from '../../domain/protection/keep-tag.ts';
import type { KeptRecord, ProtectionRecords } from '../../ports/protection-records.ts';
import type { ApiClient } from './api-client.ts';
import { isNotFound } from './kube-api-error.ts';
import { packManifests, unpackManifests } from './manifest-archive.ts';
import { parseProblem } from './parse-problem.ts';
import { SCHEMA_VERSION, StoredRecord } from './protection-record-schema.ts';
import { resourcePath } from './resource-path.ts';
import { CONFIG_MAPS } from './resources.ts';

/** A ConfigMap takes 1 MiB; this leaves room for its metadata. */
const MAX_BYTES = 900 * 1024;
/** Of up to 1.2 MiB each, in base64: a page stays well below what the client takes. */
const PAGE_SIZE = 20;
const LIST_TIMEOUT_MS = 60_000;
const RECORD_ENTRY = 'record.json';
const MANIFESTS_ENTRY = 'manifests';
const NAMELESS = 'a ConfigMap without a name';

const ConfigMap = z.object({
  metadata: z.object({ name: z.string() }),
  data: z.record(z.string(), z.string()).default({}),
  binaryData: z.record(z.string(), z.string()).default({}),
});

/**
 * One ConfigMap for each repository, beside the operator. Where it would grow beyond 900 KiB, manifests are left out,
 * the largest first; a record that is too large by itself is refused.
 */
export class KubeProtectionRecords implements ProtectionRecords {
  readonly #client: ApiClient;
  readonly #namespace: string;
  readonly #owner: Owner;
  readonly #onUnreadable: (name: string, problem: string) => void;

  /** `onUnreadable` is told the name of a ConfigMap and what is wrong with it, at each `list`. */
  constructor(
    client: ApiClient,
    namespace: string,
    owner: Owner,
    onUnreadable: (name: string, problem: string) => void,
  ) {
    this.#client = client;
    this.#namespace = namespace;
    this.#owner = owner;
    this.#onUnreadable = onUnreadable;
  }

  async list(signal: AbortSignal): Promise<readonly KeptRecord[]> {
    const found: KeptRecord[] = [];
    for await (const stored of this.#stored(signal)) {
      const kept = await this.#understood(stored);
      if (kept !== undefined) found.push(kept);
    }
    return found;
  }

  /** Rejects also when the record is too large to be stored. */
  async save({ record, manifests }: KeptRecord, signal: AbortSignal): Promise<void> {
    const { repository } = record;
    const json = JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...record });
    const room = MAX_BYTES - Buffer.byteLength(json);
    if (room < 0)
      throw new Error(
        `the record of ${repository} is larger than the ${MAX_BYTES} bytes that are stored of it; fewer releases of this repository, or a smaller spec.protection.rollbackCandidates, make it smaller`,
      );
    const packed = await packManifests(manifests, room);
    // Applied, so that one request creates or replaces: nothing has to be read first.
    await this.#client.apply(this.#path(repository), this.#configMap(repository, json, packed), {
      fieldManager: FIELD_MANAGER,
      force: true,
      signal,
    });
  }

  async remove(repository: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.delete(this.#path(repository), { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async *#stored(signal: AbortSignal): AsyncGenerator<unknown> {
    const path = resourcePath(CONFIG_MAPS, { namespace: this.#namespace });
    const labelSelector = Object.entries(this.#labels()).map(([name, value]) => `${name}=${value}`);
    let token: string | undefined;
    do {
      const query = { labelSelector: labelSelector.join(','), limit: PAGE_SIZE, continue: token };
      const page = await this.#client.list<unknown>(path, { query, signal, timeoutMs: LIST_TIMEOUT_MS });
      yield* page.items;
      token = page.metadata.continue;
    } while (token);
  }

  /** Undefined, and told of, where it is not. Without its manifests a record is still worth having. */
  async #understood(stored: unknown): Promise<KeptRecord | undefined> {
    const { data: configMap, error } = ConfigMap.safeParse(stored);
    if (!configMap) return this.#unreadable(NAMELESS, parseProblem(error));
    const { metadata, data, binaryData } = configMap;
    const record = StoredRecord.safeParse(parsedJson(data[RECORD_ENTRY] ?? ''));
    if (!record.success)
      return this.#unreadable(metadata.name, `${RECORD_ENTRY}: ${parseProblem(record.error)}`);
    const { schemaVersion: _, ...rest } = record.data;
    if (metadata.name !== this.#name(rest.repository))
      return this.#unreadable(
        metadata.name,
        `${RECORD_ENTRY} is of ${rest.repository}, which has another name`,
      );
    const packed = Buffer.from(binaryData[MANIFESTS_ENTRY] ?? '', 'base64');
    const manifests = await unpackManifests(packed).catch(() => undefined);
    if (!manifests) this.#onUnreadable(metadata.name, `${MANIFESTS_ENTRY}: nothing can be put back from it`);
    return { record: rest, manifests: manifests ?? new Map() };
  }

  #unreadable(name: string, problem: string): undefined {
    this.#onUnreadable(name, problem);
  }

  #configMap(repository: string, json: string, packed: Uint8Array): object {
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...{ namespace: this.#namespace, name: this.#name(repository), labels: this.#labels() },
        annotations: { [`${GROUP}/repository`]: repository },
      },
      data: { [RECORD_ENTRY]: json },
      ...(packed.byteLength > 0 && {
        binaryData: { [MANIFESTS_ENTRY]: Buffer.from(packed).toString('base64') },
      }),
    };
  }

  #labels(): Readonly<Record<string, string>> {
    return {
      'app.kubernetes.io/managed-by': 'artifactrelease',
      [`${GROUP}/protection`]: 'record',
      [`${GROUP}/owner`]: this.#owner,
    };
  }

  #path(repository: string): string {
    return resourcePath(CONFIG_MAPS, { namespace: this.#namespace, name: this.#name(repository) });
  }

  #name(repository: string): string {
    const hash = createHash('sha256').update(repository).digest('hex').slice(0, 16);
    return `artifactrelease-protection-${this.#owner}-${hash}`;
  }
}

/** Undefined for what is no JSON, which no schema takes. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
