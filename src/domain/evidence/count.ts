/**
 * What the tests of this folder look at. Counts may be fractions, because Prometheus' increase() extrapolates to the
 * edges of its window.
 */

/** Requests of one side over one span of time. 0 <= bad <= total, finite; whole or not. */
export interface Count {
  readonly bad: number;
  readonly total: number;
}

/** Both sides over the same span of time. */
export interface Pair {
  readonly candidate: Count;
  readonly stable: Count;
}

/** Both sides had requests, so that the segment can tell them apart. */
export function isComparable({ candidate, stable }: Pair): boolean {
  return candidate.total > 0 && stable.total > 0;
}

/** All counts as one. */
export function sumCounts(counts: readonly Count[]): Count {
  let [bad, total] = [0, 0];
  for (const count of counts) {
    bad += count.bad;
    total += count.total;
  }
  return { bad, total };
}
