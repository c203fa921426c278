import type { ArchivedDigest } from '../../api/protection-status.ts';
import type { Digest } from '../../api/scalars.ts';

/** A manifest that has to stay so that its root can be pulled and verified. */
export interface Member {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Its config and layers; those of an index are its own members. */
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
}

/** A tag by which something attached is found: the artifact may be safe and yet not be found without it. */
export interface DiscoveryPin {
  readonly tag: string;
  readonly digest: Digest;
}

/** A digest with everything that pulling and verifying it needs. */
export interface Closure {
  readonly root: Digest;
  /** Children come before their index, for registries take them in no other order. The root is among them. */
  readonly members: readonly Member[];
  readonly pins: readonly DiscoveryPin[];
}

/** Whose credentials reach the repository, when the release itself is gone. */
export interface RecordedAccess {
  readonly namespace: string;
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccount?: string | undefined;
}

/** A digest that is kept, or was until a moment ago. */
export interface RecordedRoot {
  readonly closure: Closure;
  readonly version?: string | undefined;
  /** When what is attached was last looked for. */
  readonly scannedAt: string;
  /** When the last keep tag of it was put; confirmAfter counts from here. */
  readonly heldAt?: string | undefined;
  /** When everything was read back after that; absent until then. */
  readonly confirmedAt?: string | undefined;
  /** How long it is kept after nothing refers to it any more, in ms. */
  readonly graceMs: number;
  /** Where it goes before it is given up: a repository. Only what was promoted goes anywhere. */
  readonly archive?: string | undefined;
  /** Nothing refers to it any more: when it may be given up. */
  readonly leavesAt?: string | undefined;
}

/** How far the reading of everything that is kept has come. Everything is read in rounds, in the order of digests. */
export interface RecordedScrub {
  /** When the round that is under way began; the last one where none is. */
  readonly roundAt: string;
  /** The last digest that was read in it, empty at its beginning; absent while none is under way. */
  readonly readTo?: string | undefined;
  /** What was read has used up the budget that accrued until then. */
  readonly paidUntil: string;
  /** Blobs that were gone or wrong when they were read: until they were read again, a registry that has them proves nothing. */
  readonly doubtful: readonly Digest[];
}

export type RecordedVault = Pick<RepositoryRecord, 'unwanted' | 'parked'>;

/**
 * What an operator remembers about one repository, so that neither a restart nor a deleted release makes it forget a
 * keep tag, and so that a manifest that somebody deletes can be put back.
 */
export interface RepositoryRecord {
  readonly repository: string;
  readonly accesses: readonly RecordedAccess[];
  readonly roots: readonly RecordedRoot[];
  /** Own keep tags that no root needs any more, and when each may be given up. */
  readonly unwanted: Readonly<Record<string, string>>;
  /** Own tags that point at a tombstone, for the registry does not delete tags. */
  readonly parked: readonly string[];
  /** Manifests whose tags stay although their release is gone. */
  readonly orphans: readonly Digest[];
  readonly archived: readonly ArchivedDigest[];
  /** Tags in the vault, as `unwanted` and `parked` are those here; absent where there was never anything in it. */
  readonly vault?: RecordedVault | undefined;
  /** Absent before anything was confirmed. */
  readonly scrub?: RecordedScrub | undefined;
  /** When the lease tag was last put. */
  readonly leasedAt?: string | undefined;
  /** When it was to be put: what is there may be of either time, should the operator have been killed in between. */
  readonly leasing?: string | undefined;
  /** When a lease of this owner was last found that is not its own. */
  readonly sharedAt?: string | undefined;
}
