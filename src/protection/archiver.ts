import type { Digest } from '../api/scalars.ts';
import { KeyedBackoff, type Random } from '../controller/backoff.ts';
import { shortDigest } from '../domain/digest.ts';
import { isAllowedArchive, notAllowed } from '../domain/protection/archive-rule.ts';
import { archiveTag } from '../domain/protection/keep-tag.ts';
import type { RecordedAccess, RecordedRoot } from '../domain/protection/record.ts';
import { toArchive, withArchived } from '../domain/protection/upkeep.ts';
import { earliest, milliseconds } from '../domain/time.ts';
import { RegistryError } from '../ports/registry-error.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import { Holder } from './holder.ts';
import type { PassParts } from './job.ts';
import { problemOf } from './problem.ts';
import { readBack } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { withEach } from './with-each.ts';

/** Nothing is lost meanwhile: what is not in its archive stays where it is. */
const RETRIES = { baseMs: 60_000, maxMs: 3_600_000 };

/**
 * Copies what is given up to its archive, with signatures and the tags by which they are found. Every manifest has a tag
 * there that no operator ever gives up.
 */
export class Archiver {
  readonly #ledger: RepositoryLedger;
  readonly #backoff: KeyedBackoff;
  readonly #waitsUntil = new Map<Digest, Date>();
  /** What was copied since the start, and is yet to be read there. */
  readonly #copied = new Set<Digest>();

  constructor(ledger: RepositoryLedger, random: Random) {
    this.#ledger = ledger;
    this.#backoff = new KeyedBackoff(RETRIES, random);
  }

  /** What cannot be archived is kept, and tried again. */
  async archive(parts: PassParts, signal: AbortSignal): Promise<void> {
    const due = toArchive(this.#ledger.record, parts.now());
    this.#forgetAllBut(due);
    for (const root of due) {
      const digest = root.closure.root;
      if ((this.#waitsUntil.get(digest) ?? parts.now()) > parts.now()) continue;
      try {
        await this.#advance(root, parts, signal);
      } catch (error) {
        signal.throwIfAborted();
        this.#copied.delete(digest);
        this.#ledger.archiveFailures.set(digest, `${nameOf(root)}: ${problemOf(error).message}`);
        parts.observer.archived('Failed');
        parts.warn(`${nameOf(root)} could not be archived; it stays protected, and is tried again`, error);
        this.#wait(digest, RETRIES.baseMs + this.#backoff.next(digest), parts);
      }
    }
  }

  /** When something has to be done again. */
  next(): Date | undefined {
    return earliest(...this.#waitsUntil.values());
  }

  /** What failed may be tried again at once: what it failed for may be another way now. */
  forgive(now: Date): void {
    for (const digest of this.#waitsUntil.keys())
      if (!this.#copied.has(digest)) this.#waitsUntil.set(digest, now);
  }

  /** Read there not before confirmAfter: what is put while a collection runs is lost when that ends. */
  async #advance(root: RecordedRoot, parts: PassParts, signal: AbortSignal): Promise<void> {
    const digest = root.closure.root;
    const { archive: repository, version } = root;
    if (repository === undefined) return;
    if (!isAllowedArchive(repository, parts.settings))
      throw new RegistryError('Forbidden', notAllowed(repository, this.#ledger.record.repository));
    const { accesses } = this.#ledger.record;
    const withArchive = (task: (archive: RepositoryWriter, access: RecordedAccess) => Promise<void>) =>
      withEach(accesses, (access) => task(parts.open(repository, access), access));
    if (!this.#copied.has(digest)) {
      await withArchive((archive, access) => this.#copy(root, archive, access, parts, signal));
      this.#copied.add(digest);
      this.#ledger.archiveFailures.delete(digest);
      this.#wait(digest, milliseconds(parts.settings.confirmAfter), parts);
      return;
    }
    await withArchive((archive) => verify(root, archive, signal));
    const entry = { digest, repository, archivedAt: parts.now().toISOString() };
    this.#ledger.record = withArchived(
      this.#ledger.record,
      version === undefined ? entry : { ...entry, version },
    );
    this.#forget(digest);
    parts.observer.archived('Copied');
  }

  async #copy(
    { closure: { members, pins } }: RecordedRoot,
    archive: RepositoryWriter,
    access: RecordedAccess,
    { open, sources }: PassParts,
    signal: AbortSignal,
  ): Promise<void> {
    const { record, shelf } = this.#ledger;
    const from = [record.repository, ...sources].map((name) => open(name, access));
    const holder = new Holder({ tagOf: archiveTag, writer: archive, sources: from, shelf });
    await holder.hold(members, signal);
    const kept = new Set(members.map(({ digest }) => digest));
    await holder.restorePins(
      pins.filter(({ digest }) => kept.has(digest)),
      signal,
    );
  }

  #wait(digest: Digest, ms: number, { now }: PassParts): void {
    this.#waitsUntil.set(digest, new Date(now().getTime() + ms));
  }

  /** It is wanted again. */
  #forgetAllBut(due: readonly RecordedRoot[]): void {
    const digests = new Set(due.map(({ closure }) => closure.root));
    for (const digest of [...this.#waitsUntil.keys()].filter((one) => !digests.has(one)))
      this.#forget(digest);
  }

  #forget(digest: Digest): void {
    this.#waitsUntil.delete(digest);
    this.#copied.delete(digest);
    this.#backoff.forget(digest);
    this.#ledger.archiveFailures.delete(digest);
  }
}

/** Every byte is read: it is the only copy from here on. */
async function verify(root: RecordedRoot, archive: RepositoryWriter, signal: AbortSignal): Promise<void> {
  const { members } = root.closure;
  const blobs = members.flatMap((member) => member.blobs.map(({ digest }) => digest));
  const terms = { tagOf: archiveTag, writer: archive, doubtful: new Set(blobs), asked: new Map() };
  const [defect] = await readBack(members, terms, signal);
  if (defect) throw new RegistryError('MissingContent', defect.problem.message);
}

const nameOf = ({ archive, closure }: RecordedRoot): string => `${shortDigest(closure.root)} for ${archive}`;
