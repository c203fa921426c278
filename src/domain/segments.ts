import type { Totals } from '../api/artifact-release-status.ts';
import type { Pair } from './evidence/count.ts';
import type { State } from './situation.ts';

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

/** Counts of a finished step move to the list of steps; the next segment starts from nothing. */
export function closeSegment<T extends State>(state: T): T {
  if (!state.analysis) return state;
  const empty: Totals = { bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 };
  const analysis = state.analysis.map(({ carried: _, suspect: __, ...a }) => ({
    ...a,
    steps: [...a.steps, a.current].slice(-10),
    current: empty,
  }));
  return { ...state, analysis };
}

/**
 * What was counted in a segment that is interrupted is part of the same segment when its clock starts anew: a
 * bake is compared as a whole, and the list of steps has no room for more than the steps.
 */
export function carrySegment<T extends State>(state: T): T {
  if (!state.analysis) return state;
  return { ...state, analysis: state.analysis.map((a) => ({ ...a, carried: a.current })) };
}

/** Of two spans of time in one segment. */
export const addTotals = (a: Totals, b: Totals): Totals => ({
  bad: a.bad + b.bad,
  total: a.total + b.total,
  stableBad: a.stableBad + b.stableBad,
  stableTotal: a.stableTotal + b.stableTotal,
  seconds: a.seconds + b.seconds,
  ...(a.higher === undefined && b.higher === undefined
    ? {}
    : { higher: (a.higher ?? 0) + (b.higher ?? 0), lower: (a.lower ?? 0) + (b.lower ?? 0) }),
});
