import type { PartKind, SideName } from './side-totals.ts';

/** Counts of one side in PromQL: of all requests, and of the bad or of the good among them. */
export interface SideQueries {
  readonly total: string;
  /** What `total` counts, for messages, where people did not write the query themselves. */
  readonly metric?: string;
  readonly part: { readonly kind: PartKind; readonly query: string };
  /** Only of a histogram with a series for each bucket: what to look at where the part has no series. */
  readonly buckets?: BucketsQuery;
}

/** The boundaries that a histogram has, as one series for each label `le`. */
export interface BucketsQuery {
  readonly query: string;
  /** Without `_bucket`. */
  readonly histogram: string;
  /** As it was written: it should be one of the boundaries, and may be none. */
  readonly threshold: string;
  readonly unit: LatencyUnit;
}

/** What a histogram counts in. */
export type LatencyUnit = 'Seconds' | 'Milliseconds';

/** The query of all requests of one side, as messages call it. */
export const totalName = (side: SideName, { metric }: SideQueries): string =>
  `query total of ${side}${metric === undefined ? '' : ` (${metric})`}`;
