import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GROUP } from '../../api/artifact-release.ts';
import type { Owner } from '../../domain/protection/keep-tag.ts';
import type { ProtectedList } from '../../ports/protected-digests.ts';
import type { ProtectedDigestsBoard } from '../../ports/protected-digests-board.ts';
import type { ApiClient } from './api-client.ts';
import { MAX_CONFIG_MAP_BYTES, OwnedConfigMaps } from './owned-config-maps.ts';
import { protectedLines, shardsOf } from './protected-lines.ts';

/** What does not change is written again after this long, so that a clean-up can refuse a list that nobody keeps. */
const REFRESH_MS = 60 * 60_000;
const ENTRY = 'digests.txt';
const GENERATED_AT = `${GROUP}/generated-at`;
const COMPLETE = `${GROUP}/complete`;
const SHARDS = `${GROUP}/shards`;

const StoredShard = z.object({
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  data: z.record(z.string(), z.string()).default({}),
});

interface Shard {
  readonly text: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What is in one ConfigMap, without keeping it. */
interface Posted {
  /** Of everything but the time. */
  readonly fingerprint: string;
  readonly generatedAt: string | undefined;
}

/**
 * ConfigMaps `protected-digests-<owner>-<n>` beside the operator, n from 0, with lines `repository@digest roles
 * releases` of every manifest that must stay. All shards of one list have the same `generated-at`: whoever reads them
 * has to find as many as `shards` says, of one time that is not long ago, and `complete` true; else there is no list.
 */
export class KubeProtectedDigestsBoard implements ProtectedDigestsBoard {
  readonly #configMaps: OwnedConfigMaps;
  readonly #owner: Owner;
  /** By name. Undefined when it has to be read: at the start, and after a write that may or may not have been made. */
  #posted: ReadonlyMap<string, Posted> | undefined;

  constructor(client: ApiClient, namespace: string, owner: Owner) {
    this.#configMaps = new OwnedConfigMaps(client, namespace, owner, 'digests');
    this.#owner = owner;
  }

  /** Writes when the content has changed, or is an hour old. */
  async publish(list: ProtectedList, signal: AbortSignal): Promise<void> {
    const shards = this.#shards(list);
    const wanted = new Map([...shards].map(([name, shard]) => [name, postedAs(shard)]));
    const before = this.#posted ?? (await this.#read(signal));
    this.#posted = before;
    if (isCurrent(before, wanted, list.generatedAt)) return;
    this.#posted = undefined;
    await this.#replace(before, shards, signal);
    this.#posted = wanted;
  }

  /** New ones first: in between there is no list of one time, rather than one that lacks a part. */
  async #replace(
    before: ReadonlyMap<string, Posted>,
    shards: ReadonlyMap<string, Shard>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const [name, { text, annotations }] of shards)
      await this.#configMaps.write(name, { annotations, data: { [ENTRY]: text } }, signal);
    for (const name of before.keys()) if (!shards.has(name)) await this.#configMaps.remove(name, signal);
  }

  async #read(signal: AbortSignal): Promise<ReadonlyMap<string, Posted>> {
    const found = new Map<string, Posted>();
    for await (const stored of this.#configMaps.list(signal)) {
      const { metadata, data } = StoredShard.parse(stored);
      found.set(metadata.name, postedAs({ text: data[ENTRY] ?? '', annotations: metadata.annotations }));
    }
    return found;
  }

  #shards({ digests, complete, generatedAt }: ProtectedList): ReadonlyMap<string, Shard> {
    const texts = shardsOf(protectedLines(digests), MAX_CONFIG_MAP_BYTES);
    const annotations = {
      [GENERATED_AT]: generatedAt.toISOString(),
      [COMPLETE]: String(complete),
      [SHARDS]: String(texts.length),
    };
    return new Map(
      texts.map((text, index) => [`protected-digests-${this.#owner}-${index}`, { text, annotations }]),
    );
  }
}

function postedAs({ text, annotations }: Shard): Posted {
  const { [GENERATED_AT]: generatedAt, [COMPLETE]: complete, [SHARDS]: shards } = annotations;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([text, complete, shards]))
    .digest('hex');
  return { fingerprint, generatedAt };
}

/** The same content in all shards, of one time, less than an hour before. */
function isCurrent(
  before: ReadonlyMap<string, Posted>,
  wanted: ReadonlyMap<string, Posted>,
  generatedAt: Date,
): boolean {
  const [since, ...others] = new Set([...before.values()].map((one) => one.generatedAt));
  if (since === undefined || others.length > 0 || before.size !== wanted.size) return false;
  const isFresh = generatedAt.getTime() - Date.parse(since) < REFRESH_MS;
  return isFresh && [...wanted].every(([name, one]) => before.get(name)?.fingerprint === one.fingerprint);
}
