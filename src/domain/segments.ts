import type { Totals } from '../api/artifact-release-status.ts';
import type { Count, Pair } from './evidence.ts';

/**
 * What the requests of stable are compared with: those of the candidate at the same time, or, in a bake, with
 * none of stable left to ask, those of the candidate after it.
 */
export type Comparison = 'concurrent' | 'before';

/** The two sides of stored totals. A bad count above its total is an artefact of extrapolation and is cut off. */
export function toPair({ bad, total, stableBad, stableTotal }: Totals): Pair {
  return {
    candidate: { bad: Math.min(bad, total), total },
    stable: { bad: Math.min(stableBad, stableTotal), total: stableTotal },
  };
}

/** All counts as one. */
export function sumCounts(counts: readonly Count[]): Count {
  return counts.reduce((sum, count) => ({ bad: sum.bad + count.bad, total: sum.total + count.total }), {
    bad: 0,
    total: 0,
  });
}
