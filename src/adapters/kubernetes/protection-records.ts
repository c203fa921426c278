import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GROUP } from '../../api/artifact-release.ts';
import type { Owner } from '../../domain/protection/keep-tag.ts';
import type { KeptRecord, ProtectionRecords } from '../../ports/protection-records.ts';
import type { ApiClient } from './api-client.ts';
import { packManifests, unpackManifests } from './manifest-archive.ts';
import { MAX_CONFIG_MAP_BYTES, OwnedConfigMaps } from './owned-config-maps.ts';
import { parseProblem } from './parse-problem.ts';
import { SCHEMA_VERSION, StoredRecord } from './protection-record-schema.ts';

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
  readonly #configMaps: OwnedConfigMaps;
  readonly #owner: Owner;
  readonly #onUnreadable: (name: string, problem: string) => void;

  /** `onUnreadable` is told the name of a ConfigMap and what is wrong with it, at each `list`. */
  constructor(
    client: ApiClient,
    namespace: string,
    owner: Owner,
    onUnreadable: (name: string, problem: string) => void,
  ) {
    this.#configMaps = new OwnedConfigMaps(client, namespace, owner, 'record');
    this.#owner = owner;
    this.#onUnreadable = onUnreadable;
  }

  async list(signal: AbortSignal): Promise<readonly KeptRecord[]> {
    const found: KeptRecord[] = [];
    for await (const stored of this.#configMaps.list(signal)) {
      const kept = await this.#understood(stored);
      if (kept !== undefined) found.push(kept);
    }
    return found;
  }

  /** Rejects also when the record is too large to be stored. */
  async save({ record, manifests }: KeptRecord, signal: AbortSignal): Promise<void> {
    const { repository } = record;
    const json = JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...record });
    const room = MAX_CONFIG_MAP_BYTES - Buffer.byteLength(json);
    if (room < 0)
      throw new Error(
        `the record of ${repository} is larger than the ${MAX_CONFIG_MAP_BYTES} bytes that are stored of it; fewer releases of this repository, or a smaller spec.protection.rollbackCandidates, make it smaller`,
      );
    const packed = Buffer.from(await packManifests(manifests, room)).toString('base64');
    const content = {
      annotations: { [`${GROUP}/repository`]: repository },
      data: { [RECORD_ENTRY]: json },
      ...(packed !== '' && { binaryData: { [MANIFESTS_ENTRY]: packed } }),
    };
    await this.#configMaps.write(this.#name(repository), content, signal);
  }

  remove(repository: string, signal: AbortSignal): Promise<void> {
    return this.#configMaps.remove(this.#name(repository), signal);
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
