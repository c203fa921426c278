import type { Digest } from '../api/scalars.ts';
import type { Demand } from '../domain/protection/claims.ts';
import { keepTagsOf } from '../domain/protection/keep-tag.ts';
import type { RecordedRoot, RecordedVault } from '../domain/protection/record.ts';
import { isOwn, postponed, sweep, untagged } from '../domain/protection/upkeep.ts';
import { milliseconds } from '../domain/time.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import { Holder } from './holder.ts';
import { MAX_TAGS, type PassParts } from './job.ts';
import { readBack } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { type Released, TagReleaser } from './tag-releaser.ts';
import { withEach } from './with-each.ts';

export interface VaultParts extends PassParts {
  /** Of tags that nothing needs any more. */
  readonly graceMs: number;
  /** Not everything that may be needed is known: nothing is given up. */
  readonly sweepBlocked: boolean;
}

const NOTHING: RecordedVault = { unwanted: {}, parked: [] };

/**
 * A second copy of what is confirmed in a repository, in another one of the same registry, with the same keep tags: it
 * takes no space, for its blobs are mounted, and has what is deleted from the first. What goes wrong with it says nothing
 * about the first.
 */
export class Vault {
  readonly #ledger: RepositoryLedger;
  /** Roots that were copied and not yet read back, and since when. */
  readonly #unread = new Map<Digest, Date>();

  constructor(ledger: RepositoryLedger) {
    this.#ledger = ledger;
  }

  /** Resolves to whether anything of this owner may still be there. */
  async tend(
    vault: string,
    demands: ReadonlyMap<Digest, Demand>,
    parts: VaultParts,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { accesses, repository } = this.#ledger.record;
    const refused = new Set<string>();
    try {
      return await withEach(accesses, (access) => {
        const writers = [parts.open(vault, access), parts.open(repository, access)] as const;
        return this.#tend(writers, demands, { ...parts, refused }, signal);
      });
    } catch (error) {
      signal.throwIfAborted();
      this.#postpone(refused, parts.now());
      parts.observer.vaulted('Failed');
      parts.warn(`${vault}: the second copy of ${repository} could not be kept, it is tried again`, error);
      return true;
    }
  }

  #postpone(refused: ReadonlySet<string>, now: Date): void {
    const { record } = this.#ledger;
    if (record.vault === undefined) return;
    const unwanted = postponed(record.vault.unwanted, refused, now);
    this.#ledger.record = { ...record, vault: { ...record.vault, unwanted } };
  }

  async #tend(
    [writer, main]: readonly [RepositoryWriter, RepositoryWriter],
    demands: ReadonlyMap<Digest, Demand>,
    parts: VaultParts & { readonly refused: Set<string> },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { owner, previousOwners } = parts;
    const listed = new Set(await writer.tags(MAX_TAGS, signal));
    const { roots, vault = NOTHING } = this.#ledger.record;
    const tagOf = keepTagsOf(owner);
    const holder = new Holder({ tagOf, writer, sources: [main], shelf: this.#ledger.shelf });
    const confirmed = roots.filter(
      ({ closure, confirmedAt }) => confirmedAt !== undefined && demands.get(closure.root)?.tags,
    );
    for (const root of confirmed) {
      await this.#reread(root, writer, listed, parts, signal);
      const missing = untagged(owner, root, { listed, parked: vault.parked });
      if (missing.length === 0) continue;
      await holder.hold(missing, signal);
      for (const { digest } of missing) listed.add(tagOf(digest));
      this.#ledger.record = {
        ...this.#ledger.record,
        vault: { ...vault, parked: vault.parked.filter((tag) => !listed.has(tag)) },
      };
      this.#unread.set(root.closure.root, parts.now());
      parts.observer.vaulted('Copied');
    }
    if (!parts.sweepBlocked) await this.#sweep(writer, listed, parts, signal);
    const { parked = [] } = this.#ledger.record.vault ?? {};
    return [...listed].some((tag) => isOwn(tag, owner, previousOwners) && !parked.includes(tag));
  }

  /** What was tagged while a collection ran is listed and leads nowhere: it counts as not listed. */
  async #reread(
    { closure }: RecordedRoot,
    writer: RepositoryWriter,
    listed: Set<string>,
    { now, owner, settings }: VaultParts,
    signal: AbortSignal,
  ): Promise<void> {
    const heldAt = this.#unread.get(closure.root);
    if (heldAt === undefined || now().getTime() < heldAt.getTime() + milliseconds(settings.confirmAfter))
      return;
    const tagOf = keepTagsOf(owner);
    const terms = { tagOf, writer, doubtful: new Set<Digest>(), asked: new Map() };
    for (const { member } of await readBack(closure.members, terms, signal))
      listed.delete(tagOf(member.digest));
    this.#unread.delete(closure.root);
  }

  /** A grace period later than the first copy goes. */
  async #sweep(
    writer: RepositoryWriter,
    listed: Set<string>,
    parts: VaultParts & { readonly refused: Set<string> },
    signal: AbortSignal,
  ): Promise<void> {
    const ledger = this.#ledger;
    const { graceMs, now, observer, owner, previousOwners, refused, settings, strategies } = parts;
    const terms = { owner, previousOwners, listed, now: now(), graceMs, max: settings.maxReleasesPerSweep };
    const before = { ...ledger.record, ...(ledger.record.vault ?? NOTHING) };
    const { due, record } = sweep(terms, before);
    const { parked } = record;
    ledger.record = { ...ledger.record, vault: { unwanted: record.unwanted, parked } };
    const released = (tag: string, { result, strategy }: Released): void => {
      observer.released(strategy, result);
      if (result === 'Released') listed.delete(tag);
      const { vault = NOTHING } = ledger.record;
      const { [tag]: _, ...unwanted } = vault.unwanted;
      const left = result === 'Parked' ? [...vault.parked, tag] : vault.parked;
      ledger.record = { ...ledger.record, vault: { unwanted, parked: left } };
    };
    const log = { released, refused: (tag: string) => refused.add(tag) };
    await new TagReleaser(owner, strategies).release(due, writer, log, signal);
  }
}
