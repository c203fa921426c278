import { isDeepStrictEqual } from 'node:util';
import type { RegistryProtection } from '../api/protection-spec.ts';
import type { Digest } from '../api/scalars.ts';
import { backoffDelay, type Random } from '../controller/backoff.ts';
import type { ProtectionCheck } from '../domain/observation.ts';
import type { Demand } from '../domain/protection/claims.ts';
import { joined } from '../domain/protection/joined-record.ts';
import type { Closure, RecordedRoot, RepositoryRecord } from '../domain/protection/record.ts';
import { dueScrub, firstScrub } from '../domain/protection/scrub.ts';
import { emptyRecord } from '../domain/protection/upkeep.ts';
import { after, earliest } from '../domain/time.ts';
import type { KeptRecord } from '../ports/protection-records.ts';
import type { Manifest } from '../ports/registry.ts';
import type { StoredManifest } from '../ports/registry-writer.ts';
import type { Problem } from './problem.ts';
import { checkOf } from './protection-check.ts';

/** What failed is tried again after 5 s, then less and less often: a digest may be pushed later, a registry come back. */
const RETRIES = { baseMs: 5_000, maxMs: 300_000 };

interface Trouble {
  readonly problem: Problem;
  readonly attempts: number;
  readonly retryAt: Date;
}

/** What is known about one repository between two passes over it. */
export class RepositoryLedger {
  record: RepositoryRecord;
  /** Manifests as they were, for putting them back. */
  readonly shelf = new Map<Digest, StoredManifest>();
  /** Manifests read since the start. */
  readonly manifests = new Map<Digest, Manifest>();
  /** Referrers tags that were found to lead to no list of referrers. */
  readonly astray = new Set<string>();
  /** When the list of tags was last read. */
  listedAt: Date | undefined;
  /** Not before then is read on: the registry did not answer the last time. */
  scrubRetryAt: Date | undefined;
  /** Why what is on record is not known, in words: it may know of more, so nothing is given up or stored in its place. */
  unreadable: string | undefined;
  /** Why tags that are due are not given up, in words. */
  sweepBlock: string | undefined;
  /** Why digests that are given up are not in their archive yet, in words. */
  readonly archiveFailures = new Map<Digest, string>();
  /** At the start, so that whoever has the same owner sees it. */
  isLeaseDue = true;
  /** Keep tags of owners whose lease is over. */
  staleOwnerTags = 0;
  readonly #random: Random;
  readonly #troubles = new Map<Digest, Trouble>();
  /** What had gone of a digest, until it is read back again. */
  readonly #losses = new Map<Digest, string>();
  /** Members that are listed and were not to be read: a tag may lead nowhere. */
  readonly suspects = new Set<Digest>();
  /** Closures of digests that are only reported. */
  readonly #reported = new Map<Digest, { readonly closure: Closure; readonly scannedAt: Date }>();
  readonly #askedAt = new Map<Digest, Date>();
  #saved: RepositoryRecord | undefined;

  constructor(repository: string, random: Random, kept?: KeptRecord) {
    this.#random = random;
    this.record = emptyRecord(repository);
    if (kept) this.recall(kept);
  }

  /** What is on record joins what was learned without it. */
  recall({ record, manifests }: KeptRecord): void {
    this.record = joined(this.record, record);
    for (const { digest, mediaType } of record.roots.flatMap(({ closure }) => closure.members)) {
      const bytes = manifests.get(digest);
      if (bytes) this.shelf.set(digest, { digest, mediaType, bytes });
    }
    this.#saved = record;
  }

  root(digest: Digest): RecordedRoot | undefined {
    return this.record.roots.find(({ closure }) => closure.root === digest);
  }

  setRoot(root: RecordedRoot): void {
    const others = this.record.roots.filter(({ closure }) => closure.root !== root.closure.root);
    this.record = { ...this.record, roots: [...others, root] };
  }

  reported(digest: Digest) {
    return this.#reported.get(digest);
  }

  setReported(closure: Closure, scannedAt: Date): void {
    this.#reported.set(closure.root, { closure, scannedAt });
  }

  closureOf(digest: Digest): Closure | undefined {
    return this.root(digest)?.closure ?? this.#reported.get(digest)?.closure;
  }

  /** Forgets what nobody asks about any more. */
  settle(demands: ReadonlyMap<Digest, Demand>, now: Date): void {
    for (const digest of demands.keys()) if (!this.#askedAt.has(digest)) this.#askedAt.set(digest, now);
    for (const map of [this.#troubles, this.#losses, this.#reported, this.#askedAt])
      for (const digest of map.keys()) if (!demands.has(digest)) map.delete(digest);
    const needed = new Set(
      [...this.record.roots.map(({ closure }) => closure), ...this.#closures()].flatMap(({ members, pins }) =>
        [...members, ...pins].map(({ digest }) => digest),
      ),
    );
    for (const map of [this.shelf, this.manifests, this.suspects])
      for (const digest of map.keys()) if (!needed.has(digest)) map.delete(digest);
  }

  /** Seconds since the digest was first asked for. */
  secondsAsked(digest: Digest, now: Date): number {
    return (now.getTime() - (this.#askedAt.get(digest) ?? now).getTime()) / 1000;
  }

  trouble(digest: Digest): Problem | undefined {
    return this.#troubles.get(digest)?.problem;
  }

  troubled(digest: Digest, problem: Problem, now: Date): void {
    const attempts = (this.#troubles.get(digest)?.attempts ?? 0) + 1;
    const pause = 1_000 + backoffDelay(attempts, RETRIES, this.#random);
    const delay = Math.max(pause, problem.retryAfterMs ?? 0);
    this.#troubles.set(digest, { problem, attempts, retryAt: new Date(now.getTime() + delay) });
  }

  /** What failed may be tried again at once: what it failed for may be another way now. */
  forgive(now: Date): void {
    for (const [digest, trouble] of this.#troubles) this.#troubles.set(digest, { ...trouble, retryAt: now });
  }

  untroubled(digest: Digest): void {
    this.#troubles.delete(digest);
  }

  /** Something that was kept is not there any more; `what` in words. */
  lost(digest: Digest, what: string): void {
    this.#losses.set(digest, what);
  }

  isLost(digest: Digest): boolean {
    return this.#losses.has(digest);
  }

  get doubtful(): ReadonlySet<Digest> {
    return new Set(this.record.scrub?.doubtful);
  }

  /** Blobs that are gone or wrong. */
  doubt(blobs: readonly Digest[], now: Date): void {
    const scrub = this.record.scrub ?? firstScrub(now);
    this.record = {
      ...this.record,
      scrub: { ...scrub, doubtful: [...new Set([...scrub.doubtful, ...blobs])] },
    };
  }

  /** Of the first digest that is to go to this archive, and does not. */
  archiveFailure(archive: string | undefined): string | undefined {
    const root = this.record.roots.find(
      (one) =>
        one.archive !== undefined && one.archive === archive && this.archiveFailures.has(one.closure.root),
    );
    return root && this.archiveFailures.get(root.closure.root);
  }

  confirmed(root: RecordedRoot, now: Date): void {
    this.#trust(root.closure);
    this.#losses.delete(root.closure.root);
    this.untroubled(root.closure.root);
    this.setRoot({ ...root, confirmedAt: now.toISOString() });
  }

  /** Whether what failed may be tried again already. */
  isDue(digest: Digest, now: Date): boolean {
    const trouble = this.#troubles.get(digest);
    return trouble === undefined || trouble.retryAt <= now;
  }

  nextRetry(): Date | undefined {
    return earliest(...[...this.#troubles.values()].map(({ retryAt }) => retryAt));
  }

  /** When there is next something to be read again; not at once where the registry could not be read. */
  nextScrub({ scrub }: Pick<RegistryProtection, 'scrub'>, now: Date): Date | undefined {
    const due = dueScrub(this.record, scrub, now);
    return due && new Date(Math.max(due.getTime(), this.scrubRetryAt?.getTime() ?? 0));
  }

  /** When the next of them may be read back; what failed has a time of its own. */
  nextConfirmation({ confirmAfter }: Pick<RegistryProtection, 'confirmAfter'>): Date | undefined {
    const open = this.record.roots.filter(
      ({ closure, confirmedAt, heldAt, leavesAt }) =>
        leavesAt === undefined &&
        heldAt !== undefined &&
        (confirmedAt === undefined || confirmedAt < heldAt) &&
        !this.#troubles.has(closure.root),
    );
    return earliest(...open.map(({ heldAt = '' }) => after(heldAt, confirmAfter)));
  }

  get isOnRecord(): boolean {
    return this.#saved !== undefined;
  }

  get isSaved(): boolean {
    return isDeepStrictEqual(this.#saved, this.record);
  }

  saved(record: RepositoryRecord): void {
    this.#saved = record;
  }

  /** Whether it is on record that the tags of these digests stay. */
  isOrphaned(digests: readonly Digest[]): boolean {
    if (this.unreadable !== undefined) return false;
    const { orphans = [], roots = [] } = this.#saved ?? {};
    return digests.every(
      (digest) => orphans.includes(digest) || !roots.some(({ closure }) => closure.root === digest),
    );
  }

  check({ digest, tags }: Pick<Demand, 'digest' | 'tags'>): ProtectionCheck {
    return checkOf({
      tags,
      root: this.root(digest),
      closure: this.closureOf(digest),
      trouble: this.trouble(digest),
      loss: this.#losses.get(digest),
    });
  }

  /** Its blobs have been read, where they were in doubt. */
  #trust({ members }: Closure): void {
    const { scrub } = this.record;
    if (scrub === undefined || scrub.doubtful.length === 0) return;
    const read = new Set(members.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
    const doubtful = scrub.doubtful.filter((digest) => !read.has(digest));
    this.record = { ...this.record, scrub: { ...scrub, doubtful } };
  }

  #closures(): readonly Closure[] {
    return [...this.#reported.values()].map(({ closure }) => closure);
  }
}
