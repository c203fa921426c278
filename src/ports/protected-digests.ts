import type { KeptRole } from '../api/protection-status.ts';
import type { Digest } from '../api/scalars.ts';

/** One digest that releases need, in one repository. */
export interface ProtectedDigest {
  readonly repository: string;
  readonly digest: Digest;
  readonly roles: readonly KeptRole[];
  /** `namespace/name`. */
  readonly releases: readonly string[];
  /** Everything that must stay so that it can be pulled and verified, itself among it; only itself where that is not known. */
  readonly members: readonly Digest[];
  /** Protected, ReportOnly, or why it is neither. */
  readonly reason: string;
}

/** Everything that one operator knows to be needed. A clean-up must not run by a list that is not complete. */
export interface ProtectedList {
  readonly owner: string;
  readonly generatedAt: Date;
  readonly complete: boolean;
  /** Why it is not complete, in words. */
  readonly missing: readonly string[];
  readonly digests: readonly ProtectedDigest[];
}

export interface ProtectedDigests {
  list(repository?: string): ProtectedList;
}
