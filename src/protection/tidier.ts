import type { Digest } from '../api/scalars.ts';
import type { Demand } from '../domain/protection/claims.ts';
import { leaseTag } from '../domain/protection/keep-tag.ts';
import type { RepositoryRecord } from '../domain/protection/record.ts';
import { postponed, sweep, withDemands } from '../domain/protection/upkeep.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import type { PassParts } from './job.ts';
import { checkLease, keepLease, type LeaseParts, sharedOwner } from './lease.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { type Released, TagReleaser } from './tag-releaser.ts';
import { withEach } from './with-each.ts';

/** Of own tags that nobody remembers: whoever else may have put them renews the lease within a day. */
const STRANGE_GRACE_MS = 26 * 3_600_000;
/** Of copies of what nobody remembers. */
const DEFAULT_GRACE_MS = 3_600_000;

export interface TidierParts extends PassParts {
  /** Puts what is known on record. */
  readonly remember: () => Promise<void>;
  /** What is wanted at this moment. */
  readonly demands: () => ReadonlyMap<Digest, Demand>;
  /** Why nothing may be given up now, whatever is due: not everything that may be wanted is known. */
  readonly sweepBlocked: () => string | undefined;
}

/** What a pass began with. */
export interface Beginning {
  readonly demands: ReadonlyMap<Digest, Demand>;
  /** What is given up is taken out. */
  readonly listed: Set<string>;
}

/** Ends a pass: gives up what nobody needs any more, and renews the lease. */
export class Tidier {
  readonly #ledger: RepositoryLedger;
  readonly #demands: ReadonlyMap<Digest, Demand>;
  readonly #listed: Set<string>;
  readonly #parts: TidierParts;
  /** Tags that the registry does not let go. */
  readonly #refused = new Set<string>();

  constructor(ledger: RepositoryLedger, { demands, listed }: Beginning, parts: TidierParts) {
    this.#ledger = ledger;
    this.#demands = demands;
    this.#listed = listed;
    this.#parts = parts;
  }

  /** That something could not be given up says nothing about what is kept. */
  async tidy(signal: AbortSignal): Promise<void> {
    const ledger = this.#ledger;
    const { accesses, repository } = ledger.record;
    const { now, open, warn } = this.#parts;
    const withWriter = (task: (writer: RepositoryWriter) => Promise<void>) =>
      withEach(accesses, (access) => task(open(repository, access)));
    try {
      await withWriter((writer) => this.#sweep(writer, signal));
      await withWriter((writer) => this.#keepLease(writer, signal));
    } catch (error) {
      signal.throwIfAborted();
      // Not before none of the credentials may.
      const unwanted = postponed(ledger.record.unwanted, this.#refused, now());
      ledger.record = { ...ledger.record, unwanted };
      warn(`${repository}: tags could not be given up or renewed, they are tried again`, error);
    }
  }

  /** Why nothing may be given up, in words. */
  blocked(): string | undefined {
    return this.#parts.sweepBlocked() ?? this.#unknownDemand() ?? this.#lasting();
  }

  /** What people have to know before anything is due. */
  #lasting(): string | undefined {
    const { now, owner } = this.#parts;
    const { record, unreadable } = this.#ledger;
    return unreadable ?? sharedOwner(record, owner, now());
  }

  /** A digest that is wanted and whose needs are not known, also one that came while this pass went on. */
  #unknownDemand(): string | undefined {
    const ledger = this.#ledger;
    const wanted = [...this.#demands.values(), ...this.#parts.demands().values()].filter(({ tags }) => tags);
    const unknown = wanted.find(
      ({ digest }) => ledger.root(digest) === undefined || ledger.trouble(digest) !== undefined,
    );
    return unknown && `what ${unknown.digest} needs is not known`;
  }

  /** Gives up what nobody needs; nothing at all while anything that may be needed is not known. */
  async #sweep(writer: RepositoryWriter, signal: AbortSignal): Promise<void> {
    const ledger = this.#ledger;
    const { demands, now, observer, owner, previousOwners, settings, warn } = this.#parts;
    // What is wanted again since this pass began is not given up by it.
    ledger.record = withDemands(ledger.record, demands(), now());
    const { due, postponed, record } = sweep(
      {
        ...{ owner, previousOwners, listed: this.#listed, now: now() },
        ...{ graceMs: Math.max(STRANGE_GRACE_MS, graceOf(ledger.record)), max: settings.maxReleasesPerSweep },
      },
      ledger.record,
    );
    if (due.length > 0) await checkLease(this.#leaseParts(writer), signal);
    const blocked = this.blocked();
    ledger.sweepBlock = due.length > 0 ? blocked : this.#lasting();
    if (blocked !== undefined) {
      if (due.length === 0) return;
      observer.sweepBlocked('Incomplete');
      warn(`${record.repository}: ${due.length} tags stay although they are due: ${blocked}`);
      return;
    }
    ledger.record = record;
    if (postponed > 0) observer.sweepBlocked('Limit');
    await this.#release(this.#unlessBlocked(due), writer, signal);
  }

  /** Ends as soon as something is wanted whose needs are not known: each of these tags may be one of them. */
  *#unlessBlocked(due: readonly string[]): Generator<string, void> {
    for (const tag of due) {
      if (this.blocked() !== undefined) return;
      yield tag;
    }
  }

  async #release(tags: Iterable<string>, writer: RepositoryWriter, signal: AbortSignal): Promise<void> {
    const ledger = this.#ledger;
    const { observer, owner, strategies } = this.#parts;
    const released = (tag: string, { result, strategy }: Released): void => {
      observer.released(strategy, result);
      if (result === 'Released') this.#listed.delete(tag);
      const { [tag]: _, ...unwanted } = ledger.record.unwanted;
      const parked = result === 'Parked' ? [...ledger.record.parked, tag] : ledger.record.parked;
      ledger.record = { ...ledger.record, unwanted, parked };
    };
    const log = { released, refused: (tag: string) => this.#refused.add(tag) };
    await new TagReleaser(owner, strategies).release(tags, writer, log, signal);
  }

  /** It goes with the last tag that is kept. */
  async #keepLease(writer: RepositoryWriter, signal: AbortSignal): Promise<void> {
    const { orphans, parked, roots } = this.#ledger.record;
    const tag = leaseTag(this.#parts.owner);
    const isHeld = orphans.length > 0 || roots.some(({ heldAt }) => heldAt !== undefined);
    // Before the first tags are there, there is nothing that could be taken for that of an owner who is gone.
    if (isHeld || (roots.length > 0 && this.#listed.has(tag)))
      return await keepLease(this.#leaseParts(writer), signal);
    if (roots.length === 0 && this.#listed.has(tag) && !parked.includes(tag))
      await this.#release([tag], writer, signal);
  }

  #leaseParts(writer: RepositoryWriter): LeaseParts {
    return { ...this.#parts, ledger: this.#ledger, listed: this.#listed, writer };
  }
}

/** How long own tags stay that no digest has let go of. In ms. */
export function graceOf({ roots }: Pick<RepositoryRecord, 'roots'>): number {
  const graces = roots.map(({ graceMs }) => graceMs);
  return graces.length === 0 ? DEFAULT_GRACE_MS : Math.max(...graces);
}
