import type { Objective } from '../api/artifact-release-spec.ts';
import type { Candidate, ObjectiveAnalysis, Totals } from '../api/artifact-release-status.ts';
import { clumpingBefore } from './baselines.ts';
import { toTenths } from './evaluation.ts';
import { type Clumping, newClumps } from './evidence/clumping.ts';
import { addTotals, type Comparison } from './segments.ts';

/** An objective that is judged, and what is recorded of it. */
export interface Judging {
  readonly objective: Objective;
  readonly comparison: Comparison;
  readonly before: ObjectiveAnalysis | undefined;
}

/** What is counted in the current segment, where Prometheus has counted `totals` since its clock was started. */
export function currentCounts(
  candidate: Pick<Candidate, 'baselines'>,
  { before, comparison, objective: { name } }: Judging,
  totals: Totals,
): Totals {
  const counted = before?.carried ? addTotals(before.carried, totals) : totals;
  return {
    ...(comparison === 'before' ? withStableFrom(before?.steps ?? [], counted) : counted),
    clumps: clumpsUntil(before?.current, counted, clumpingBefore(candidate, name)),
  };
}

/** Each look adds what is new at it; a look that was missed only makes them fewer. */
const clumpsUntil = (before: Totals | undefined, { bad }: Totals, clumping: Clumping): number =>
  toTenths((before?.clumps ?? 0) + newClumps(bad - (before?.bad ?? 0), clumping));

/** In a bake no pods of stable are left: it is compared with what stable did in the steps before. */
const withStableFrom = (steps: readonly Totals[], counts: Totals): Totals => ({
  ...counts,
  stableBad: steps.reduce((sum, step) => sum + step.stableBad, 0),
  stableTotal: steps.reduce((sum, step) => sum + step.stableTotal, 0),
});
