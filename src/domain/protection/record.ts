import type { ArchivedDigest } from '../../api/protection-status.ts';
import type { Digest } from '../../api/scalars.ts';

/** A manifest that has to stay so that its root can be pulled and verified. */
export interface Member {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Its config and layers; those of an index are its own members. */
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  /** Manifests that have to be there before it, for a registry to take it: the children of an index. */
  readonly children: readonly Digest[];
}

/** A tag by which something attached is found: the artifact may be safe and yet not be found without it. */
export interface DiscoveryPin {
  readonly tag: string;
  readonly digest: Digest;
}

/** A digest with everything that pulling and verifying it needs. The root comes first; children before their index. */
export interface Closure {
  readonly root: Digest;
  readonly members: readonly Member[];
  readonly pins: readonly DiscoveryPin[];
}

/** Who may be asked for credentials, when the release itself is gone. */
export interface RecordedAccess {
  readonly namespace: string;
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccount?: string;
}

export interface RecordedRoot {
  readonly closure: Closure;
  /** When what is attached was last looked for. */
  readonly scannedAt: string;
  /** When every keep tag had been put; confirmAfter counts from here. */
  readonly heldAt?: string;
  /** When everything was read back after that; absent until then. */
  readonly confirmedAt?: string;
}

/**
 * What an operator remembers about one repository, so that neither a restart nor a deleted release makes it forget a
 * keep tag, and so that a manifest that somebody deletes can be put back.
 */
export interface RepositoryRecord {
  /** As in `spec.artifact.repository`. */
  readonly repository: string;
  readonly accesses: readonly RecordedAccess[];
  readonly roots: readonly RecordedRoot[];
  /** Own keep tags that nothing refers to any more, and when each may be given up. */
  readonly unwanted: Readonly<Record<string, string>>;
  /** Own tags that point at a tombstone, for the registry does not delete tags. */
  readonly parked: readonly string[];
  /** Digests whose tags stay although their release is gone. */
  readonly orphans: readonly Digest[];
  readonly archived: readonly ArchivedDigest[];
}
