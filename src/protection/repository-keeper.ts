import type { Digest } from '../api/scalars.ts';
import type { Random } from '../controller/backoff.ts';
import type { Demand } from '../domain/protection/claims.ts';
import { isLongDue, isOwn, isSpent, withDemands } from '../domain/protection/upkeep.ts';
import {
  type KeptRecord,
  type ProtectionRecords,
  UnreadableRecordError,
} from '../ports/protection-records.ts';
import { Archiver } from './archiver.ts';
import { MAX_TAGS } from './job.ts';
import { nextPass } from './next-pass.ts';
import { listProblemOf } from './problem.ts';
import { RepositoryLedger } from './repository-ledger.ts';
import { RepositoryPass } from './repository-pass.ts';
import { graceOf, Tidier, type TidierParts } from './tidier.ts';
import { Vault } from './vault.ts';
import { withEach } from './with-each.ts';

export interface KeeperParts extends Omit<TidierParts, 'remember'> {
  /** The repository of the second copy, where there is to be one. */
  readonly vault: string | undefined;
  readonly records: ProtectionRecords;
}

/** Keeps one repository as releases want it. */
export class RepositoryKeeper {
  readonly ledger: RepositoryLedger;
  readonly #vault: Vault;
  readonly #archiver: Archiver;
  #isRead: boolean;

  /** `isRead`: `kept` is all that is on record. Else that is read by the first pass. */
  constructor(repository: string, random: Random, kept?: KeptRecord, isRead = false) {
    this.#isRead = isRead;
    this.ledger = new RepositoryLedger(repository, random, kept);
    this.#vault = new Vault(this.ledger);
    this.#archiver = new Archiver(this.ledger, random);
  }

  /** What failed may be tried again at once. */
  forgive(now: Date): void {
    this.ledger.forgive(now);
    this.#archiver.forgive(now);
  }

  /**
   * One pass. Resolves to when the next one is due; undefined where nothing is left to be kept or remembered. Rejects
   * when the record cannot be stored; what the registry fails with is noted in the ledger.
   */
  async pass(parts: KeeperParts, signal: AbortSignal): Promise<Date | undefined> {
    const { ledger } = this;
    const { now, records } = parts;
    if (!this.#isRead) await this.#read(parts, signal);
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
      const remember = () => this.#save(records, signal);
      const tidier = new Tidier(ledger, { demands, listed }, { ...parts, remember });
      if (hasTags(demands) || this.#owns(listed, parts) || isLongDue(ledger.record, now()))
        await tidier.tidy(signal);
      const hasCopies = await this.#tendVault(demands, tidier, parts, signal);
      if (demands.size === 0 && isSpent(ledger.record) && !this.#owns(listed, parts) && !hasCopies)
        return await this.#close(records, signal);
    }
    await this.#save(records, signal);
    return nextPass(ledger, listed !== undefined, parts, this.#archiver.next());
  }

  /** Until it is understood, at each pass: people may have mended or deleted it. */
  async #read({ observer, records, warn }: KeeperParts, signal: AbortSignal): Promise<void> {
    const { ledger } = this;
    const { repository } = ledger.record;
    try {
      const kept = await records.read(repository, signal);
      if (kept) ledger.recall(kept);
      ledger.unreadable = undefined;
      this.#isRead = true;
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      ledger.unreadable = error.message;
      observer.sweepBlocked('Incomplete');
      warn(`${repository}: nothing is given up: ${error.message}`);
    }
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

  /** Whether anything may be left in the vault. Without tags there is nothing to be in it. */
  async #tendVault(
    demands: ReadonlyMap<Digest, Demand>,
    tidier: Tidier,
    parts: KeeperParts,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { record } = this.ledger;
    const isUsed = hasTags(demands) || record.roots.length > 0 || record.vault !== undefined;
    if (parts.vault === undefined || !isUsed) return false;
    const terms = { ...parts, graceMs: graceOf(record), sweepBlocked: tidier.blocked() !== undefined };
    return await this.#vault.tend(parts.vault, demands, terms, signal);
  }

  /** Where things were archived is remembered for longer than what was kept. */
  async #close(records: ProtectionRecords, signal: AbortSignal): Promise<undefined> {
    const { record, unreadable } = this.ledger;
    const { archived, repository } = record;
    if (archived.length > 0 || unreadable !== undefined) await this.#save(records, signal);
    else await records.remove(repository, signal);
  }

  async #save(records: ProtectionRecords, signal: AbortSignal): Promise<void> {
    const { ledger } = this;
    if (ledger.isSaved || ledger.unreadable !== undefined) return;
    const { record } = ledger;
    const manifests = new Map([...ledger.shelf].map(([digest, { bytes }]) => [digest, bytes]));
    await records.save({ record, manifests }, signal);
    ledger.saved(record);
  }
}

const hasTags = (demands: ReadonlyMap<Digest, Demand>): boolean =>
  [...demands.values()].some(({ tags }) => tags);
