import type { Digest } from '../api/scalars.ts';
import { shortDigest } from '../domain/digest.ts';
import { keepTag } from '../domain/protection/keep-tag.ts';
import type { Member, RecordedRoot } from '../domain/protection/record.ts';
import { costMs } from '../domain/protection/scrub.ts';
import type { Loss } from '../ports/protection-observer.ts';
import { RegistryError } from '../ports/registry-error.ts';
import type { Holder } from './holder.ts';
import type { PassParts } from './job.ts';
import type { Defect } from './read-back.ts';
import type { RepositoryLedger } from './repository-ledger.ts';

/** No earlier is what is corrupt read again, in ms: it takes a person to change it. */
const SHORTEST_DOUBT_MS = 300_000;

const NO_HEALING =
  'pushing it again does not heal that on CNCF distribution: an administrator has to delete every manifest that refers to it, run the garbage collection, and push it again';

/** Puts what is missing, and notes what had gone. */
export class Mender {
  readonly #ledger: RepositoryLedger;
  readonly #listed: Set<string>;
  readonly #parts: PassParts;

  /** The tags that are put are added to `listed`. */
  constructor(ledger: RepositoryLedger, listed: Set<string>, parts: PassParts) {
    this.#ledger = ledger;
    this.#listed = listed;
    this.#parts = parts;
  }

  /** Rejects with RegistryError. */
  async put(digest: Digest, members: readonly Member[], holder: Holder, signal: AbortSignal): Promise<void> {
    const { now, observer, owner } = this.#parts;
    const ledger = this.#ledger;
    const isRepair = ledger.isLost(digest);
    try {
      await holder.hold(members, signal);
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

  /** Rejects with RegistryError, also for what is corrupt. */
  async mend(
    root: RecordedRoot,
    defects: readonly Defect[],
    holder: Holder,
    signal: AbortSignal,
  ): Promise<void> {
    const members = [...new Set(defects.map(({ member }) => member))];
    const lossOf = (member: Member): Loss =>
      lossBy(defects.find((one) => one.member === member)?.problem.reason);
    this.missed(root, members, lossOf, 'had gone when they were read back');
    this.#ledger.doubt(
      defects.flatMap(({ blob }) => blob?.digest ?? []),
      this.#parts.now(),
    );
    // Registries keep the bytes that they have: only an administrator can make room for the right ones.
    const corrupt = defects.filter(({ problem }) => problem.reason === 'DigestCorrupt');
    if (corrupt.length > 0) throw this.#corrupt(corrupt);
    for (const { digest } of members) this.#ledger.suspects.add(digest);
    await this.put(root.closure.root, members, holder, signal);
  }

  /** Counted once, however often it is found until it is whole again. */
  missed(
    root: RecordedRoot,
    members: readonly Member[],
    lossOf: (member: Member) => Loss,
    what: string,
  ): void {
    const known = this.#ledger.isLost(root.closure.root);
    if (!known) for (const member of members) this.#parts.observer.lost(lossOf(member));
    const all = root.closure.members.length;
    this.#ledger.lost(
      root.closure.root,
      `${members.length} of its ${all} manifests ${what}; they are put again, and read back after ${this.#parts.settings.confirmAfter}`,
    );
    this.#ledger.setRoot({ ...root, confirmedAt: undefined });
  }

  /** What is large is not read again before the budget of the scrub has accrued for it. */
  #corrupt(corrupt: readonly Defect[]): RegistryError {
    const { repository } = this.#ledger.record;
    const bytes = corrupt.reduce((sum, { blob }) => sum + (blob?.size ?? 0), 0);
    const retryAfterMs = Math.max(SHORTEST_DOUBT_MS, costMs(bytes, this.#parts.settings.scrub));
    const first = corrupt.find(({ blob }) => blob !== undefined) ?? corrupt[0];
    const what = first?.blob ? `blob ${first.blob.digest} of` : 'manifest';
    const others = corrupt.length > 1 ? ` (and ${corrupt.length - 1} more)` : '';
    const message = `${repository}: ${what} ${shortDigest(first?.member.digest ?? '')}${others} is corrupt, its bytes are not what its digest says; ${NO_HEALING}`;
    return new RegistryError('DigestMismatch', message, { retryAfterMs });
  }
}

function lossBy(reason: string | undefined): Loss {
  if (reason === 'DigestCorrupt') return 'Corrupt';
  return reason === 'BlobsLost' ? 'BlobMissing' : 'ManifestMissing';
}
