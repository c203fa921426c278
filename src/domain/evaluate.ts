import type { Reason } from '../api/conditions.ts';
import { burnRate } from './error-budget.ts';
import { type EvaluationInput, type Kept, type Measured, measure } from './measure.ts';
import { toPair } from './segments.ts';

export type { EvaluationInput, Measure } from './measure.ts';

/** What the counts say about the candidate. */
export interface Assessment {
  readonly verdict: 'Pass' | 'Hold' | 'RollBack';
  readonly reason: Reason;
  /** Error-budget burn rate of the candidate in the current segment; absent without requests. */
  readonly burnRate?: number;
  /** Evidence against the candidate, in percent of what a roll-back needs: 0 to 100, on a logarithmic scale. */
  readonly evidence: number;
  /** Requests of the candidate without which no step passes. */
  readonly requestsNeeded: number;
  /** The candidate has enough requests, and they do not speak for it being worse than stable. */
  readonly notWorse: boolean;
  /** The candidate keeps the objective, with the same confidence that a roll-back asks for, in this segment and in all. */
  readonly proven: boolean;
}

/**
 * Evidence of 20, the error of one in twenty of a pass that nothing contradicts. It belongs to the 3 of
 * `requestsNeeded`: ln 20 = 3.0.
 */
const LOG_PASS_EVIDENCE = Math.log(20);

/**
 * The verdict of one objective. Pure and total: every finite count >= 0 gives an answer without NaN.
 *
 * A roll-back needs both tests: the candidate burns more than is acceptable AND is worse than stable. Either
 * alone is not its fault: a service that always burns, or a regression that the budget can bear. The two are
 * held to the full confidence each; requiring both can only make a false alarm rarer.
 *
 * Assumptions: clumps of bad requests come independently of each other; the candidate's share of the traffic holds
 * within a segment.
 */
export function evaluate(input: EvaluationInput): Assessment {
  const measured = measure(input);
  const burn = burnRate(toPair(input.current).candidate, input.target);
  return {
    ...judge(measured),
    ...(burn === undefined ? {} : { burnRate: burn }),
    evidence: evidencePercent(measured),
    requestsNeeded: measured.requestsNeeded,
    notWorse: isNotWorse(measured),
    // What shows only under more load must have had its time to show: the steps before prove nothing of this one.
    proven: isProven(measured) && isProven(measured.current),
  };
}

const isNotWorse = ({ requests, requestsNeeded, stable }: Measured): boolean =>
  requests >= requestsNeeded && stable !== undefined && !stable.looksWorse;

const isProven = ({ requests, requestsNeeded, logWithinBudget, logThreshold }: Kept): boolean =>
  requests >= requestsNeeded && logWithinBudget >= logThreshold;

function judge(measured: Measured): Pick<Assessment, 'verdict' | 'reason'> {
  const { logThreshold, logOverBudget, logWithinBudget, stable } = measured;
  if (logOverBudget >= logThreshold) {
    if (stable === undefined || stable.logWorse >= logThreshold)
      return { verdict: 'RollBack', reason: 'ErrorBudgetBurn' };
    // Where stable keeps its budget, it has only had too few requests to be told apart: nobody else's fault.
    return { verdict: 'Hold', reason: stable.burns ? 'ServiceBurning' : 'Inconclusive' };
  }
  if (measured.requests < measured.requestsNeeded) return { verdict: 'Hold', reason: 'InsufficientTraffic' };
  if (logWithinBudget >= LOG_PASS_EVIDENCE || measured.keepsBound)
    return { verdict: 'Pass', reason: 'WithinBudget' };
  if (isNotWorse(measured)) return { verdict: 'Pass', reason: 'NotWorseThanStable' };
  return { verdict: 'Hold', reason: 'Inconclusive' };
}

/** Of the weaker test, because a roll-back waits for both. */
function evidencePercent({ logOverBudget, logThreshold, stable }: Measured): number {
  const logEvidence = Math.min(logOverBudget, stable?.logWorse ?? Number.POSITIVE_INFINITY);
  return Math.min(100, Math.max(0, (100 * logEvidence) / logThreshold));
}
