import { type EvaluationInput, evaluate, type Measure } from '../evaluate.ts';
import { newClumps } from '../evidence/clumping.ts';

/** An objective, how it is judged, and what the service did in the hours before. */
export interface ObservedObjective
  extends Pick<EvaluationInput, 'target' | 'maxBurnRate' | 'confidence' | 'clumping'> {
  readonly measure: Measure;
  /** Bad requests of the service, and all of them, in `seconds`. */
  readonly bad: number;
  readonly total: number;
  readonly seconds: number;
  /** Length of the rolling window of the error budget, in seconds. */
  readonly windowSeconds: number;
}

/** More requests than any release has: what is not told by as many is not told at all. */
const MOST_REQUESTS = 2 ** 40;

/**
 * Bad requests of a candidate that fails every one of them, until it is rolled back for that: as many as the very rule
 * that judges it asks for, with stable as it was in the hours before and `share` of the traffic on the candidate.
 * Infinite where the service itself fails so often that nothing could be told. 0 < share < 1.
 */
export function failuresToRollBack(objective: ObservedObjective, share: number): number {
  const badRatio = objective.total > 0 ? objective.bad / objective.total : 0;
  return fewest((failures) => {
    const stable = (failures * (1 - share)) / share;
    const counts = { bad: failures, total: failures, stableBad: stable * badRatio, stableTotal: stable };
    return judge(objective, counts) === 'RollBack';
  });
}

/**
 * Requests of a candidate without a bad one until it passes by its own counts. One that fails as often as stable
 * passes by the comparison, for which as many are enough. Of samples, that many samples.
 */
export const requestsToPass = (objective: ObservedObjective): number =>
  fewest(
    (requests) => judge(objective, { bad: 0, total: requests, stableBad: 0, stableTotal: 0 }) === 'Pass',
  );

function judge(
  { target, maxBurnRate, confidence, clumping, measure }: ObservedObjective,
  counts: Omit<EvaluationInput['current'], 'seconds'>,
): ReturnType<typeof evaluate>['verdict'] {
  const current = { ...counts, clumps: newClumps(counts.bad, clumping), seconds: 1 };
  const terms = { target, maxBurnRate, confidence, clumping, measure };
  return evaluate({ ...terms, steps: [], current, comparison: 'concurrent' }).verdict;
}

/** The least whole number from 1 on for which `isEnough` holds, where it holds for every greater one too. */
function fewest(isEnough: (count: number) => boolean): number {
  let enough = 1;
  while (!isEnough(enough)) {
    if (enough >= MOST_REQUESTS) return Number.POSITIVE_INFINITY;
    enough *= 2;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const between = Math.floor((enough + tooFew) / 2);
    if (isEnough(between)) enough = between;
    else tooFew = between;
  }
  return enough;
}
