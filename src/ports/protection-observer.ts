import type { ReleaseStrategy } from '../api/protection-spec.ts';

/** What was found to be gone, or not what it was. */
export const LOSSES = ['TagMissing', 'ManifestMissing', 'BlobMissing', 'Corrupt'] as const;
export type Loss = (typeof LOSSES)[number];

export const REPAIR_RESULTS = ['Repaired', 'Failed'] as const;
export type RepairResult = (typeof REPAIR_RESULTS)[number];

/** Parked: the tag is still there, for the registry does not delete any, and holds nothing. */
export const RELEASE_RESULTS = ['Released', 'Parked', 'Failed'] as const;
export type ReleaseResult = (typeof RELEASE_RESULTS)[number];

/** Why keep tags are not given up although they are due: not all that is needed is known, or there are too many at once. */
export const SWEEP_BLOCKS = ['Incomplete', 'Limit'] as const;
export type SweepBlock = (typeof SWEEP_BLOCKS)[number];

/** Copies in the vault or an archive. */
export const COPY_RESULTS = ['Copied', 'Failed'] as const;
export type CopyResult = (typeof COPY_RESULTS)[number];

/** How things are now, over all repositories of one operator. */
export interface ProtectionTotals {
  /** Digests by reason: Protected, ReportOnly, or why it is neither. */
  readonly digests: ReadonlyMap<string, number>;
  /** Manifests that are kept, those of several digests once. */
  readonly manifests: number;
  /** Keep tags of owners that have not shown for long that they are still there. */
  readonly staleOwnerTags: number;
}

/** Is told what protection does. Must not throw. */
export interface ProtectionObserver {
  /** Replaces what was said before. */
  totals(totals: ProtectionTotals): void;
  /** A digest is protected, so many seconds after that was asked for. */
  confirmed(seconds: number): void;
  /** Something that was protected is gone. */
  lost(loss: Loss): void;
  repaired(result: RepairResult): void;
  /** A keep tag was given up, or that was tried. */
  released(strategy: ReleaseStrategy, result: ReleaseResult): void;
  /** So many bytes were read and hashed. */
  scrubbed(bytes: number): void;
  /** Bytes that were read are not what their digest says. */
  mismatched(): void;
  sweepBlocked(block: SweepBlock): void;
  /** A digest was copied to the vault, or what had to be done there failed. */
  vaulted(result: CopyResult): void;
  /** A digest was copied to its archive and verified there, or was not. */
  archived(result: CopyResult): void;
}
