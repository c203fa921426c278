import type { Digest } from '../api/scalars.ts';
import { accessesOf, type Demand } from '../domain/protection/claims.ts';
import { keepTag } from '../domain/protection/keep-tag.ts';
import type { Member, RecordedAccess, RecordedRoot } from '../domain/protection/record.ts';
import { untagged } from '../domain/protection/upkeep.ts';
import { milliseconds } from '../domain/time.ts';
import type { Loss } from '../ports/protection-observer.ts';
import { RegistryError } from '../ports/registry-error.ts';
import { eachAtOnce } from './each-at-once.ts';
import { Holder } from './holder.ts';
import type { Job, PassParts } from './job.ts';
import { problemOf } from './problem.ts';
import { type Defect, readBack } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { Scanner } from './scanner.ts';
import { withEach } from './with-each.ts';

/** Digests that are worked on at once. */
const AT_ONCE = 4;

/** One look at a repository in which digests are wanted: what is missing is put, what was put is read back. */
export class RepositoryPass {
  readonly #ledger: RepositoryLedger;
  readonly #listed: Set<string>;
  readonly #parts: PassParts;
  readonly #signal: AbortSignal;
  readonly #scanner: Scanner;
  readonly #seenBlobs = new Set<Digest>();

  constructor(ledger: RepositoryLedger, listed: ReadonlySet<string>, parts: PassParts, signal: AbortSignal) {
    this.#ledger = ledger;
    this.#listed = new Set(listed);
    this.#parts = parts;
    this.#signal = signal;
    this.#scanner = new Scanner(ledger, this.#listed, parts);
  }

  /** What goes wrong with a digest is noted, and keeps no other one from its turn. */
  async tend(demands: Iterable<Demand>): Promise<void> {
    await eachAtOnce(AT_ONCE, demands, async (demand) => {
      const { now } = this.#parts;
      if (!this.#ledger.isDue(demand.digest, now())) return;
      try {
        await withEach(accessesOf(demand.claims), (access) => this.#tend(this.#jobOf(demand, access)));
      } catch (error) {
        this.#signal.throwIfAborted();
        this.#ledger.troubled(demand.digest, problemOf(error), now());
      }
    });
  }

  #jobOf(demand: Demand, access: RecordedAccess): Job {
    const { open, owner, sources } = this.#parts;
    const writer = open(this.#ledger.record.repository, access);
    const others = sources.map((source) => open(source, access));
    const holder = new Holder({ owner, writer, sources: others, shelf: this.#ledger.shelf });
    return { demand, writer, others, holder };
  }

  async #tend(job: Job): Promise<void> {
    const { digest, tags } = job.demand;
    await this.#scanner.scan(job, this.#signal);
    if (!tags) {
      this.#ledger.untroubled(digest);
      return;
    }
    await this.#hold(job);
    await this.#confirm(job);
  }

  async #hold({ demand, holder }: Job): Promise<void> {
    const ledger = this.#ledger;
    const { owner } = this.#parts;
    const root = ledger.root(demand.digest);
    if (root === undefined) return;
    const { parked } = ledger.record;
    const absent = untagged(owner, root, { listed: this.#listed, parked });
    const suspects = root.closure.members.filter(({ digest }) => ledger.suspects.has(digest));
    const missing = root.closure.members.filter((one) => absent.includes(one) || suspects.includes(one));
    if (missing.length === 0 && root.heldAt !== undefined) return;
    if (root.heldAt !== undefined && suspects.length === 0)
      this.#missed(root, missing, () => 'TagMissing', 'had lost their tag');
    await this.#put(demand.digest, missing, holder);
  }

  async #put(digest: Digest, members: readonly Member[], holder: Holder): Promise<void> {
    const { now, observer, owner } = this.#parts;
    const ledger = this.#ledger;
    const isRepair = ledger.isLost(digest);
    try {
      await holder.hold(members, this.#signal);
    } catch (error) {
      if (isRepair) observer.repaired('Failed');
      throw error;
    }
    if (isRepair) observer.repaired('Repaired');
    const tags = new Set(members.map((member) => keepTag(owner, member.digest)));
    for (const tag of tags) this.#listed.add(tag);
    for (const member of members) ledger.suspects.delete(member.digest);
    ledger.record = { ...ledger.record, parked: ledger.record.parked.filter((tag) => !tags.has(tag)) };
    const root = ledger.root(digest);
    if (root) ledger.setRoot({ ...root, heldAt: now().toISOString() });
  }

  /** Not before confirmAfter: a tag that was put while a collection ran is lost when that ends. */
  async #confirm({ demand, holder, writer }: Job): Promise<void> {
    const { now, observer, owner, settings } = this.#parts;
    const ledger = this.#ledger;
    const root = ledger.root(demand.digest);
    if (root?.heldAt === undefined) return;
    if (root.confirmedAt !== undefined && root.confirmedAt >= root.heldAt && !ledger.isLost(demand.digest)) {
      ledger.untroubled(demand.digest);
      return;
    }
    if (now().getTime() < Date.parse(root.heldAt) + milliseconds(settings.confirmAfter)) {
      ledger.untroubled(demand.digest);
      return;
    }
    const parts = { owner, writer, seen: this.#seenBlobs };
    const defects = await readBack(root.closure.members, parts, this.#signal);
    if (defects.length > 0) return await this.#mend(root, defects, holder);
    if (root.confirmedAt === undefined) observer.confirmed(ledger.secondsAsked(demand.digest, now()));
    ledger.confirmed(root, now());
  }

  async #mend(root: RecordedRoot, defects: readonly Defect[], holder: Holder): Promise<void> {
    const corrupt = defects.find(({ problem }) => problem.reason === 'DigestCorrupt')?.problem;
    const members = defects.map(({ member }) => member);
    const lossOf = (member: Member): Loss =>
      lossBy(defects.find((one) => one.member === member)?.problem.reason);
    this.#missed(root, members, lossOf, 'had gone when they were read back');
    // Registries keep the bytes that they have: only an administrator can make room for the right ones.
    if (corrupt) throw new RegistryError('DigestMismatch', corrupt.message);
    for (const { digest } of members) this.#ledger.suspects.add(digest);
    await this.#put(root.closure.root, members, holder);
  }

  #missed(
    root: RecordedRoot,
    members: readonly Member[],
    lossOf: (member: Member) => Loss,
    what: string,
  ): void {
    for (const member of members) this.#parts.observer.lost(lossOf(member));
    const all = root.closure.members.length;
    this.#ledger.lost(
      root.closure.root,
      `${members.length} of its ${all} manifests ${what}; they are put again, and read back after ${this.#parts.settings.confirmAfter}`,
    );
    this.#ledger.setRoot({ ...root, confirmedAt: undefined });
  }
}

function lossBy(reason: string | undefined): Loss {
  if (reason === 'DigestCorrupt') return 'Corrupt';
  return reason === 'BlobsLost' ? 'BlobMissing' : 'ManifestMissing';
}
