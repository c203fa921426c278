import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GROUP } from '../../api/artifact-release.ts';
import type { Owner } from '../../domain/protection/keep-tag.ts';
import {
  type KeptRecord,
  type ProtectionRecords,
  type RecordList,
  UnreadableRecordError,
} from '../../ports/protection-records.ts';
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

interface Misunderstood {
  readonly name: string;
  readonly problem: string;
}

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

  async list(signal: AbortSignal): Promise<RecordList> {
    const kept: KeptRecord[] = [];
    let isWhole = true;
    for await (const stored of this.#configMaps.list(signal)) {
      const one = await this.#understood(stored);
      if ('record' in one) {
        kept.push(one);
        continue;
      }
      isWhole = false;
      this.#onUnreadable(one.name, one.problem);
    }
    return { kept, isWhole };
  }

  async read(repository: string, signal: AbortSignal): Promise<KeptRecord | undefined> {
    const name = this.#name(repository);
    const stored = await this.#configMaps.find(name, signal);
    if (stored === undefined) return undefined;
    const kept = await this.#understood(stored);
    if ('record' in kept) return kept;
    throw new UnreadableRecordError(
      `ConfigMap ${name} is not understood; run the version that wrote it, or delete it with all that it knows: ${kept.problem}`,
    );
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

  /** Without its manifests a record is still worth having. */
  async #understood(stored: unknown): Promise<KeptRecord | Misunderstood> {
    const { data: configMap, error } = ConfigMap.safeParse(stored);
    if (!configMap) return { name: NAMELESS, problem: parseProblem(error) };
    const { metadata, data, binaryData } = configMap;
    const { name } = metadata;
    const record = StoredRecord.safeParse(parsedJson(data[RECORD_ENTRY] ?? ''));
    if (!record.success) return { name, problem: `${RECORD_ENTRY}: ${parseProblem(record.error)}` };
    const { schemaVersion: _, ...rest } = record.data;
    if (name !== this.#name(rest.repository))
      return { name, problem: `${RECORD_ENTRY} is of ${rest.repository}, which has another name` };
    const packed = Buffer.from(binaryData[MANIFESTS_ENTRY] ?? '', 'base64');
    const manifests = await unpackManifests(packed).catch(() => undefined);
    if (!manifests) this.#onUnreadable(name, `${MANIFESTS_ENTRY}: nothing can be put back from it`);
    return { record: rest, manifests: manifests ?? new Map() };
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
