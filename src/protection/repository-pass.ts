import type { Digest } from '../api/scalars.ts';
import { accessesOf, type Demand } from '../domain/protection/claims.ts';
import { keepTagsOf } from '../domain/protection/keep-tag.ts';
import type { RecordedAccess } from '../domain/protection/record.ts';
import { untagged } from '../domain/protection/upkeep.ts';
import { milliseconds } from '../domain/time.ts';
import { eachAtOnce } from './each-at-once.ts';
import { Holder } from './holder.ts';
import type { Job, PassParts } from './job.ts';
import { Mender } from './mender.ts';
import { problemOf } from './problem.ts';
import { readBack } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { Scanner } from './scanner.ts';
import { Scrubber } from './scrubber.ts';
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
  readonly #mender: Mender;
  readonly #scrubber: Scrubber;
  readonly #askedBlobs = new Map<Digest, Promise<void>>();

  constructor(ledger: RepositoryLedger, listed: ReadonlySet<string>, parts: PassParts, signal: AbortSignal) {
    this.#ledger = ledger;
    this.#listed = new Set(listed);
    this.#parts = parts;
    this.#signal = signal;
    this.#scanner = new Scanner(ledger, this.#listed, parts);
    this.#mender = new Mender(ledger, this.#listed, parts);
    this.#scrubber = new Scrubber(ledger, parts);
  }

  /** What goes wrong with a digest is noted, and keeps no other one from its turn. */
  async tend(demands: Iterable<Demand>): Promise<void> {
    await eachAtOnce(AT_ONCE, demands, async (demand) => {
      if (!this.#ledger.isDue(demand.digest, this.#parts.now())) return;
      await this.#attempt(demand, (job) => this.#tend(job));
    });
  }

  /** Reads what has not been read for long, and mends what is not what it was. */
  async scrub(demands: Iterable<Demand>): Promise<void> {
    const found = await this.#scrubber.scrub([...demands], this.#signal);
    for (const { defects, demand, root } of found)
      await this.#attempt(demand, ({ holder }) => this.#mender.mend(root, defects, holder, this.#signal));
  }

  async #attempt(demand: Demand, task: (job: Job) => Promise<void>): Promise<void> {
    try {
      await withEach(accessesOf(demand.claims), (access) => task(this.#jobOf(demand, access)));
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#ledger.troubled(demand.digest, problemOf(error), this.#parts.now());
    }
  }

  #jobOf(demand: Demand, access: RecordedAccess): Job {
    const { open, owner, sources } = this.#parts;
    const { archived, repository } = this.#ledger.record;
    const archives = archived.filter(({ digest }) => digest === demand.digest).map((one) => one.repository);
    const writer = open(repository, access);
    const others = [...sources, ...archives].map((source) => open(source, access));
    const holder = new Holder({
      tagOf: keepTagsOf(owner),
      writer,
      sources: others,
      shelf: this.#ledger.shelf,
    });
    return { demand, writer, others, holder };
  }

  async #tend(job: Job): Promise<void> {
    const { digest, tags } = job.demand;
    // First of all: no registry takes a list of referrers that are not there, and no scan finds them.
    if (tags) await this.#hold(job);
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
      this.#mender.missed(root, missing, () => 'TagMissing', 'had lost their tag');
    await this.#mender.put(demand.digest, missing, holder, this.#signal);
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
    const parts = { tagOf: keepTagsOf(owner), writer, doubtful: ledger.doubtful, asked: this.#askedBlobs };
    const defects = await readBack(root.closure.members, parts, this.#signal);
    if (defects.length > 0) return await this.#mender.mend(root, defects, holder, this.#signal);
    if (root.confirmedAt === undefined) observer.confirmed(ledger.secondsAsked(demand.digest, now()));
    ledger.confirmed(root, now());
  }
}
