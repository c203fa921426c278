import type { Digest } from '../api/scalars.ts';
import type { Random } from '../controller/backoff.ts';
import type { Demand } from '../domain/protection/claims.ts';
import { leaseTag } from '../domain/protection/keep-tag.ts';
import type { RecordedAccess } from '../domain/protection/record.ts';
import { isLongDue, isOwn, isSpent, postponed, sweep, withDemands } from '../domain/protection/upkeep.ts';
import type { KeptRecord, ProtectionRecords } from '../ports/protection-records.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import { Archiver } from './archiver.ts';
import { MAX_TAGS, type PassParts } from './job.ts';
import { keepLease } from './lease.ts';
import { nextPass } from './next-pass.ts';
import { listProblemOf } from './problem.ts';
import { RepositoryLedger } from './repository-ledger.ts';
import { RepositoryPass } from './repository-pass.ts';
import { type Released, TagReleaser } from './tag-releaser.ts';
import { Vault } from './vault.ts';
import { withEach } from './with-each.ts';

/** Of own tags that nobody remembers. */
const DEFAULT_GRACE_MS = 3_600_000;

export interface KeeperParts extends PassParts {
  /** The repository of the second copy, where there is to be one. */
  readonly vault: string | undefined;
  readonly records: ProtectionRecords;
  /** What is wanted at this moment. */
  readonly demands: () => ReadonlyMap<Digest, Demand>;
  /** Why nothing may be given up now, whatever is due: not everything that may be wanted is known. */
  readonly sweepBlocked: () => string | undefined;
  /** Told of what people may have to act upon. */
  readonly warn: (message: string, error?: unknown) => void;
}

/** What the tags of this owner are put in order with. */
interface Tidying {
  readonly listed: Set<string>;
  readonly writer: RepositoryWriter;
  /** Tags that the registry does not let go; what it refuses now is added. */
  readonly refused: Set<string>;
}

/** Keeps one repository as releases want it. */
export class RepositoryKeeper {
  readonly ledger: RepositoryLedger;
  readonly #vault: Vault;
  readonly #archiver: Archiver;

  constructor(repository: string, random: Random, kept?: KeptRecord) {
    this.ledger = new RepositoryLedger(repository, random, kept);
    this.#vault = new Vault(this.ledger);
    this.#archiver = new Archiver(this.ledger, random);
  }

  /**
   * One pass. Resolves to when the next one is due; undefined where nothing is left to be kept or remembered. Rejects
   * when the record cannot be stored; what the registry fails with is noted in the ledger.
   */
  async pass(parts: KeeperParts, signal: AbortSignal): Promise<Date | undefined> {
    const { ledger } = this;
    const { now, records } = parts;
    const demands = parts.demands();
    ledger.record = withDemands(ledger.record, demands, now());
    ledger.settle(demands, now());
    // Before the first tag: should all else be forgotten, it is still known where to look for what is to be given up.
    if (!ledger.isOnRecord && hasTags(demands)) await this.#save(records, signal);
    const listed = await this.#list(demands, parts, signal);
    if (listed) {
      const pass = new RepositoryPass(ledger, listed, parts, signal);
      await pass.tend(demands.values());
      await pass.scrub(demands.values());
      await this.#archiver.archive(parts, signal);
      if (hasTags(demands) || this.#owns(listed, parts) || isLongDue(ledger.record, now()))
        await this.#tidy(demands, listed, parts, signal);
      const hasCopies = await this.#tendVault(demands, parts, signal);
      if (demands.size === 0 && isSpent(ledger.record) && !this.#owns(listed, parts) && !hasCopies)
        return await this.#close(records, signal);
    }
    await this.#save(records, signal);
    return nextPass(ledger, listed !== undefined, parts, this.#archiver.next());
  }

  /** Undefined where the registry does not say, which is noted. */
  async #list(
    demands: ReadonlyMap<Digest, Demand>,
    { now, open, warn }: KeeperParts,
    signal: AbortSignal,
  ): Promise<Set<string> | undefined> {
    const { ledger } = this;
    const { accesses, repository } = ledger.record;
    try {
      const tags = await withEach(accesses, (access) => open(repository, access).tags(MAX_TAGS, signal));
      ledger.listedAt = now();
      return new Set(tags);
    } catch (error) {
      signal.throwIfAborted();
      for (const digest of demands.keys()) ledger.troubled(digest, listProblemOf(error), now());
      if (demands.size === 0) warn(`${repository}: what nobody needs any more cannot be given up`, error);
      return undefined;
    }
  }

  #owns(listed: ReadonlySet<string>, { owner, previousOwners }: KeeperParts): boolean {
    const { parked } = this.ledger.record;
    return [...listed].some((tag) => isOwn(tag, owner, previousOwners) && !parked.includes(tag));
  }

  /** That something could not be given up says nothing about what is kept. */
  async #tidy(
    demands: ReadonlyMap<Digest, Demand>,
    listed: Set<string>,
    parts: KeeperParts,
    signal: AbortSignal,
  ): Promise<void> {
    const { ledger } = this;
    const { accesses, repository } = ledger.record;
    const withWriter = (task: (writer: RepositoryWriter) => Promise<void>) =>
      withEach(accesses, (access: RecordedAccess) => task(parts.open(repository, access)));
    const refused = new Set<string>();
    try {
      await withWriter((writer) => this.#sweep(demands, { listed, refused, writer }, parts, signal));
      await withWriter((writer) => this.#keepLease({ listed, refused, writer }, parts, signal));
    } catch (error) {
      signal.throwIfAborted();
      // Not before none of the credentials may.
      const unwanted = postponed(ledger.record.unwanted, refused, parts.now());
      ledger.record = { ...ledger.record, unwanted };
      parts.warn(`${repository}: tags could not be given up or renewed, they are tried again`, error);
    }
  }

  /** Gives up what nobody needs; nothing at all while anything that may be needed is not known. */
  async #sweep(
    demands: ReadonlyMap<Digest, Demand>,
    tidying: Tidying,
    parts: KeeperParts,
    signal: AbortSignal,
  ): Promise<void> {
    const { ledger } = this;
    const { listed } = tidying;
    const { now, observer, owner, previousOwners, settings } = parts;
    const graceMs = this.#graceMs();
    const terms = { owner, previousOwners, listed, now: now(), graceMs, max: settings.maxReleasesPerSweep };
    // What is wanted again since this pass began is not given up by it.
    ledger.record = withDemands(ledger.record, parts.demands(), now());
    const { due, postponed, record } = sweep(terms, ledger.record);
    const blocked = this.#sweepBlocked(demands, parts);
    if (blocked !== undefined) {
      if (due.length === 0) return;
      observer.sweepBlocked('Incomplete');
      parts.warn(`${record.repository}: ${due.length} tags stay although they are due: ${blocked}`);
      return;
    }
    ledger.record = record;
    if (postponed > 0) observer.sweepBlocked('Limit');
    await this.#release(this.#unlessBlocked(due, demands, parts), tidying, parts, signal);
  }

  /** Ends as soon as something is wanted whose needs are not known: each of these tags may be one of them. */
  *#unlessBlocked(due: readonly string[], demands: ReadonlyMap<Digest, Demand>, parts: KeeperParts) {
    for (const tag of due) {
      if (this.#sweepBlocked(demands, parts) !== undefined) return;
      yield tag;
    }
  }

  async #release(
    due: Iterable<string>,
    { listed, refused, writer }: Tidying,
    { observer, owner, strategies }: KeeperParts,
    signal: AbortSignal,
  ): Promise<void> {
    const { ledger } = this;
    const released = (tag: string, { result, strategy }: Released): void => {
      observer.released(strategy, result);
      if (result === 'Released') listed.delete(tag);
      const { [tag]: _, ...unwanted } = ledger.record.unwanted;
      const parked = result === 'Parked' ? [...ledger.record.parked, tag] : ledger.record.parked;
      ledger.record = { ...ledger.record, unwanted, parked };
    };
    const log = { released, refused: (tag: string) => refused.add(tag) };
    await new TagReleaser(owner, strategies).release(due, writer, log, signal);
  }

  /** Whether anything may be left in the vault. Without tags there is nothing to be in it. */
  async #tendVault(
    demands: ReadonlyMap<Digest, Demand>,
    parts: KeeperParts,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { record } = this.ledger;
    const isUsed = hasTags(demands) || record.roots.length > 0 || record.vault !== undefined;
    if (parts.vault === undefined || !isUsed) return false;
    const sweepBlocked = this.#sweepBlocked(demands, parts) !== undefined;
    const terms = { ...parts, graceMs: this.#graceMs(), sweepBlocked };
    return await this.#vault.tend(parts.vault, demands, terms, signal);
  }

  #graceMs(): number {
    const graces = this.ledger.record.roots.map((root) => root.graceMs);
    return graces.length === 0 ? DEFAULT_GRACE_MS : Math.max(...graces);
  }

  #sweepBlocked(demands: ReadonlyMap<Digest, Demand>, parts: KeeperParts): string | undefined {
    return parts.sweepBlocked() ?? this.#unknownDemand(demands, parts);
  }

  /** A digest that is wanted and whose needs are not known, also one that came while this pass went on. */
  #unknownDemand(demands: ReadonlyMap<Digest, Demand>, parts: KeeperParts): string | undefined {
    const wanted = [...demands.values(), ...parts.demands().values()].filter(({ tags }) => tags);
    const unknown = wanted.find(
      ({ digest }) => this.ledger.root(digest) === undefined || this.ledger.trouble(digest) !== undefined,
    );
    return unknown && `what ${unknown.digest} needs is not known`;
  }

  /** It goes with the last tag that is kept. */
  async #keepLease(tidying: Tidying, parts: KeeperParts, signal: AbortSignal): Promise<void> {
    const { ledger } = this;
    const { listed, writer } = tidying;
    const { roots, orphans } = ledger.record;
    const tag = leaseTag(parts.owner);
    const isHeld = orphans.length > 0 || roots.some(({ heldAt }) => heldAt !== undefined);
    // Before the first tags are there, there is nothing that could be taken for that of an owner who is gone.
    if (isHeld || (roots.length > 0 && listed.has(tag)))
      return await keepLease({ ledger, listed, writer, ...parts }, signal);
    if (roots.length === 0 && listed.has(tag) && !ledger.record.parked.includes(tag))
      await this.#release([tag], tidying, parts, signal);
  }

  /** Where things were archived is remembered for longer than what was kept. */
  async #close(records: ProtectionRecords, signal: AbortSignal): Promise<undefined> {
    const { archived, repository } = this.ledger.record;
    if (archived.length > 0) await this.#save(records, signal);
    else await records.remove(repository, signal);
  }

  async #save(records: ProtectionRecords, signal: AbortSignal): Promise<void> {
    const { ledger } = this;
    if (ledger.isSaved) return;
    const { record } = ledger;
    const manifests = new Map([...ledger.shelf].map(([digest, { bytes }]) => [digest, bytes]));
    await records.save({ record, manifests }, signal);
    ledger.saved(record);
  }
}

const hasTags = (demands: ReadonlyMap<Digest, Demand>): boolean =>
  [...demands.values()].some(({ tags }) => tags);
