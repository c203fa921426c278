import type { ObjectiveAnalysis, Totals } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { Measure } from './evaluate.ts';
import type { Terms } from './observation.ts';
import type { Comparison } from './segments.ts';
import type { Situation } from './situation.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

const percent = (bad: number, total: number): string => `${((100 * bad) / total).toFixed(2)}%`;

interface Judged {
  readonly requestsNeeded: number;
  readonly comparison: Comparison;
  readonly measure: Measure;
}

/**
 * `availability 99.9%: 1,243 requests, 3 bad (0.24%, burn 2.4x > 1x), stable 9 of 9,871 bad (0.09%),
 * evidence 14% of what a roll-back needs`.
 */
export function describeRecord(
  s: Situation,
  { target }: Terms,
  record: ObjectiveAnalysis,
  { requestsNeeded, comparison, measure }: Judged,
): string {
  const { bad, total } = record.current;
  const all = total + record.steps.reduce((sum, step) => sum + step.total, 0);
  const limit = Number(s.spec.analysis.maxBurnRate);
  const burn = record.burnRate ?? 0;
  const ratio = total > 0 ? `${percent(bad, total)}, ` : '';
  const needed =
    record.reason === 'InsufficientTraffic' ? ` (${count(all)} of ${count(requestsNeeded)} needed)` : '';
  return (
    `${record.objective} ${target}%: ${count(total)} ${measure}${needed}, ${count(bad)} bad ` +
    `(${ratio}burn ${burn.toFixed(1)}x ${burn > limit ? '>' : '<='} ${limit}x), ${stableSide(record.current, comparison, measure)}, ` +
    `evidence ${record.evidence}% of what a roll-back needs${ADVICE[record.reason] ?? ''}`
  );
}

function stableSide({ stableBad, stableTotal }: Totals, comparison: Comparison, measure: Measure): string {
  const when = comparison === 'before' ? ' before' : '';
  return stableTotal > 0
    ? `stable ${count(stableBad)} of ${count(stableTotal)} bad${when} (${percent(stableBad, stableTotal)})`
    : `stable without ${measure}${when}`;
}

/** What the numbers alone do not tell. */
const ADVICE: Partial<Record<Reason, string>> = {
  ServiceBurning: '; stable burns too: look at the service and what it depends on, not at this release',
  Inconclusive: '; this decides nothing yet, more of them will',
};
