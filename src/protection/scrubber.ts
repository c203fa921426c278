import { accessesOf, type Demand } from '../domain/protection/claims.ts';
import { keepTagsOf } from '../domain/protection/keep-tag.ts';
import type { RecordedRoot } from '../domain/protection/record.ts';
import {
  currentRound,
  firstScrub,
  isAffordable,
  isOff,
  isScrubbed,
  type ScrubItem,
  scrubItems,
  unread,
  withRead,
  withRoundOver,
} from '../domain/protection/scrub.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import type { PassParts } from './job.ts';
import { type Defect, defectOf, readBlob, readManifest } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { withEach } from './with-each.ts';

/** After an outage, in ms: nothing that is protected waits for it. */
const RETRY_MS = 300_000;

/** A digest of which something is not what it was. */
export interface Finding {
  readonly demand: Demand;
  readonly root: RecordedRoot;
  readonly defects: readonly Defect[];
}

/**
 * Reads everything that is kept once an interval, as far as the budget goes; what it does not reach is read when more
 * has accrued. A blob that is larger than the budget of an hour waits until that of its size is there: it is read whole
 * or not at all.
 */
export class Scrubber {
  readonly #ledger: RepositoryLedger;
  readonly #parts: PassParts;

  constructor(ledger: RepositoryLedger, parts: PassParts) {
    this.#ledger = ledger;
    this.#parts = parts;
  }

  /** What the registry does not say ends it for now, and is no finding. */
  async scrub(demands: readonly Demand[], signal: AbortSignal): Promise<readonly Finding[]> {
    const { now, settings } = this.#parts;
    const ledger = this.#ledger;
    const kept = demands.flatMap((demand) => {
      const root = ledger.root(demand.digest);
      return demand.tags && root && isScrubbed(root) ? [{ demand, root }] : [];
    });
    if (isOff(settings.scrub) || kept.length === 0) return [];
    const { scrub = firstScrub(now()) } = ledger.record;
    ledger.record = { ...ledger.record, scrub: currentRound(scrub, settings.scrub, now()) };
    ledger.scrubRetryAt = undefined;
    const defects = await this.#readRound(kept, signal);
    return kept.flatMap(({ demand, root }) => {
      const own = defects.filter(({ member }) => digestsOf(root).includes(member.digest));
      return own.length > 0 ? [{ demand, root, defects: own }] : [];
    });
  }

  async #readRound(
    kept: readonly Omit<Finding, 'defects'>[],
    signal: AbortSignal,
  ): Promise<readonly Defect[]> {
    const { now, settings } = this.#parts;
    const ledger = this.#ledger;
    const items = scrubItems(kept.map(({ root }) => root));
    const defects: Defect[] = [];
    let { scrub } = ledger.record;
    if (scrub?.readTo === undefined) return [];
    for (const item of unread(items, scrub)) {
      if (!isAffordable(item, scrub, settings.scrub, now())) return defects;
      const claims = kept.filter(({ root }) => digestsOf(root).some((one) => isIn(item, one)));
      const accesses = accessesOf(claims.flatMap(({ demand }) => demand.claims));
      try {
        const read = await withEach(accesses, (access) =>
          this.#read(item, this.#parts.open(ledger.record.repository, access), signal),
        );
        defects.push(...read.defects);
        scrub = withRead(scrub, item, read.bytes, { settings: settings.scrub, now: now() });
        ledger.record = { ...ledger.record, scrub };
      } catch {
        signal.throwIfAborted();
        ledger.scrubRetryAt = new Date(now().getTime() + RETRY_MS);
        return defects;
      }
    }
    ledger.record = { ...ledger.record, scrub: withRoundOver(scrub) };
    return defects;
  }

  async #read(
    item: ScrubItem,
    writer: RepositoryWriter,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly defects: readonly Defect[] }> {
    const { observer, owner } = this.#parts;
    const tagOf = keepTagsOf(owner);
    const [member] = item.members;
    if (member === undefined) return { bytes: 0, defects: [] };
    let bytes = item.size;
    const blob = item.isManifest ? undefined : { digest: item.digest, size: item.size };
    const defect = await defectOf({ member, blob }, async () => {
      if (blob) return await readBlob(blob, writer, signal);
      bytes = (await readManifest(item.digest, { tagOf, writer }, signal)).bytes.length;
    });
    observer.scrubbed(bytes);
    if (defect?.problem.reason === 'DigestCorrupt') observer.mismatched();
    return { bytes, defects: defect ? item.members.map((one) => ({ ...defect, member: one })) : [] };
  }
}

const digestsOf = ({ closure }: RecordedRoot): readonly string[] =>
  closure.members.map(({ digest }) => digest);

const isIn = ({ members }: ScrubItem, digest: string): boolean =>
  members.some((member) => member.digest === digest);
