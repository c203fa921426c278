import type { Totals } from '../api/artifact-release-status.ts';
import { type Count, isComparable, sumCounts } from './evidence/count.ts';
import { type Comparison, toPair } from './segments.ts';

/**
 * How many times faster than allowed `count` spends the error budget: bad ratio / (1 − target); 1 spends it in
 * exactly its window. `target` is a ratio below 1. Absent without requests. Source: Google SRE Workbook, ch. 5.
 */
export function burnRate({ bad, total }: Count, target: number): number | undefined {
  return total > 0 ? bad / total / (1 - target) : undefined;
}

/** Everything that one release has been measured at for one objective. */
export interface BudgetInput {
  /** Share of good requests, 0 < target < 1. */
  readonly target: number;
  /** Length of the rolling window of the error budget, in seconds. */
  readonly windowSeconds: number;
  readonly steps: readonly Totals[];
  readonly current: Totals;
  readonly comparison: Comparison;
}

/**
 * Error budget that the release has spent, in percent of the budget of the whole window; at least 0, and more
 * than 100 where it spent more than there is.
 *
 *     100 · Σ max(0, bad_c − n_c · baseline) / ((1 − target) · expected requests in the window)
 *
 * The baseline is stable's bad ratio in the same segment, so what a dependency costs both sides is not charged
 * to the release; without requests of stable it is the ratio that the objective allows. The expected requests
 * are those of both sides at the rate observed since the release began. Source: Google SRE Workbook, ch. 16.
 */
export function spentPercent(input: BudgetInput): number {
  const allowed = 1 - input.target;
  const segments = [...input.steps, input.current];
  const observedSeconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  const excess = segments.reduce((sum, segment) => sum + excessBad(segment, allowed), 0);
  if (excess === 0 || observedSeconds === 0) return 0;
  const expected = (observedRequests(input) / observedSeconds) * input.windowSeconds;
  return (100 * excess) / (allowed * expected);
}

/** Bad requests of the candidate beyond those that stable would have had in its place. */
function excessBad(totals: Totals, allowed: number): number {
  const pair = toPair(totals);
  const { candidate, stable } = pair;
  const baseline = isComparable(pair) ? stable.bad / stable.total : allowed;
  return Math.max(0, candidate.bad - candidate.total * baseline);
}

/** In a bake the requests of stable are from before: counting them again would double the rate of the service. */
function observedRequests({ steps, current, comparison }: BudgetInput): number {
  const pairs = [...steps, current].map(toPair);
  const stable = comparison === 'before' ? steps.map(toPair) : pairs;
  return (
    sumCounts(pairs.map((pair) => pair.candidate)).total + sumCounts(stable.map((pair) => pair.stable)).total
  );
}
