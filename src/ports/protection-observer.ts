import type { ReleaseStrategy } from '../api/protection-spec.ts';

/** Values that only make sense at the moment they are read. */
export interface ProtectionGauges {
  /** Digests by reason: Protected, ReportOnly, or why they are neither. */
  readonly digests: ReadonlyMap<string, number>;
  /** Manifests that have a keep tag. */
  readonly manifests: number;
  /** Owners in all repositories that have not been seen for longer than they promised. */
  readonly staleOwners: number;
}

/** Told of what protection does. Must not throw. */
export interface ProtectionObserver {
  /** Called once, with what to read at every scrape. */
  observeGauges(read: () => ProtectionGauges): void;
  /** Everything of a digest was read back for the first time, so many seconds after it was first asked for. */
  confirmed(seconds: number): void;
  /** Members of a protected digest that were not there any more, or not what they should be. */
  lost(reason: string, members: number): void;
  repaired(result: 'Repaired' | 'Failed'): void;
  /** A keep tag was given up. */
  released(strategy: ReleaseStrategy, result: 'Released' | 'Parked' | 'Failed'): void;
  /** Tags that are due are kept all the same. */
  sweepBlocked(reason: string): void;
  scrubbed(bytes: number): void;
  archived(result: 'Archived' | 'Failed'): void;
}
