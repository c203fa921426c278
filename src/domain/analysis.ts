import { isDeepStrictEqual } from 'node:util';
import type { Objective } from '../api/artifact-release-spec.ts';
import type { ObjectiveAnalysis, Totals } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import { spentPercent } from './error-budget.ts';
import { evaluate } from './evaluate.ts';
import type { Counts } from './observation.ts';
import type { Comparison } from './segments.ts';
import type { Situation, State } from './situation.ts';
import { seconds } from './time.ts';

/** One verdict over all objectives. Only Pass lets a step end; only RollBack ends the release. */
export interface Judgement {
  readonly verdict: 'Pass' | 'Hold' | 'RollBack' | 'Unknown';
  readonly reason: Reason;
  /** The objective that decided, with its numbers. */
  readonly message: string;
}

export interface Analysed<T extends State> {
  readonly state: T;
  readonly judgement: Judgement;
}

/**
 * Judges the candidate by every objective, and records the counts in the state. An objective whose counts are
 * unknown keeps the ones recorded before, and makes the whole judgement Unknown unless another one rolls back.
 */
export function analyse<T extends State>(
  s: Situation & { readonly state: T },
  comparison: Comparison,
): Analysed<T> {
  const objectives = s.spec.objectives ?? [];
  if (objectives.length === 0) {
    return {
      state: s.state,
      judgement: { verdict: 'Pass', reason: 'NoObjectives', message: 'no objectives; pods are available' },
    };
  }
  const judged = objectives.map((objective) => judge(s, objective, comparison));
  const budget = worstBudget(s, judged, comparison);
  const analysis = judged.flatMap((one) => (one.record ? [one.record] : []));
  return {
    state: { ...s.state, ...(analysis.length > 0 && { analysis }), ...(budget && { budget }) },
    judgement: overBudget(s, budget) ?? worst(judged.map((one) => one.judgement)),
  };
}

interface Judged {
  readonly objective: Objective;
  readonly record?: ObjectiveAnalysis;
  readonly judgement: Judgement;
}

function judge(s: Situation, objective: Objective, comparison: Comparison): Judged {
  const before = s.state.analysis?.find((a) => a.objective === objective.name);
  const reading = countsOf(s)?.get(objective.name);
  if (!reading?.known) {
    const judgement: Judgement = reading
      ? { verdict: 'Unknown', reason: reading.reason, message: reading.message }
      : { verdict: 'Hold', reason: 'Measuring', message: `${objective.name}: measuring` };
    return { objective, judgement, ...(before && { record: before }) };
  }
  const steps = before?.steps ?? [];
  const current = comparison === 'before' ? withStableFrom(steps, reading.value) : reading.value;
  const assessment = evaluate({
    target: Number(objective.target) / 100,
    maxBurnRate: Number(s.spec.analysis.maxBurnRate),
    confidence: Number(s.spec.analysis.confidence),
    steps,
    current,
    comparison,
  });
  const record: ObjectiveAnalysis = {
    objective: objective.name,
    evaluatedAt:
      before && isDeepStrictEqual(before.current, current) ? before.evaluatedAt : s.now.toISOString(),
    current,
    steps,
    ...(assessment.burnRate !== undefined && { burnRate: round(assessment.burnRate) }),
    evidence: Math.round(assessment.evidence),
    verdict: assessment.verdict,
    reason: assessment.reason,
  };
  const message = describe(s, record, assessment.requestsNeeded);
  return {
    objective,
    record,
    judgement: { verdict: assessment.verdict, reason: assessment.reason, message },
  };
}

/** Counts of the step before this one must not be counted again in this one. */
function countsOf({ seen, state }: Situation): Counts['totals'] | undefined {
  return seen.counts?.from === state.candidate?.stepStartedAt ? seen.counts?.totals : undefined;
}

/** In a bake no pods of stable are left: it is compared with what stable did in the steps before. */
const withStableFrom = (steps: readonly Totals[], counts: Totals): Totals => ({
  ...counts,
  stableBad: steps.reduce((sum, step) => sum + step.stableBad, 0),
  stableTotal: steps.reduce((sum, step) => sum + step.stableTotal, 0),
});

const round = (value: number): number => Math.round(value * 1000) / 1000;

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `availability: 1,243 requests, 3 bad (0.24%, burn 2.4x > 1x), evidence 14% of what a roll-back needs`. */
function describe(s: Situation, record: ObjectiveAnalysis, requestsNeeded: number): string {
  const { bad, total } = record.current;
  const all = total + record.steps.reduce((sum, step) => sum + step.total, 0);
  const limit = Number(s.spec.analysis.maxBurnRate);
  const burn = record.burnRate ?? 0;
  const ratio = total > 0 ? `${((100 * bad) / total).toFixed(2)}%, ` : '';
  const needed =
    record.reason === 'InsufficientTraffic' ? ` (${count(all)} of ${count(requestsNeeded)} needed)` : '';
  return (
    `${record.objective}: ${count(total)} requests${needed}, ${count(bad)} bad ` +
    `(${ratio}burn ${burn.toFixed(1)}x ${burn > limit ? '>' : '<='} ${limit}x), ` +
    `evidence ${record.evidence}% of what a roll-back needs`
  );
}

const SEVERITY = { RollBack: 3, Unknown: 2, Hold: 1, Pass: 0 } as const;

const worst = (judgements: readonly Judgement[]): Judgement =>
  judgements.reduce((a, b) => (SEVERITY[b.verdict] > SEVERITY[a.verdict] ? b : a));

/** The objective that has spent most of its error budget, over all segments of this release. */
function worstBudget(s: Situation, judged: readonly Judged[], comparison: Comparison): State['budget'] {
  const spent = judged.flatMap(({ objective, record }) => {
    if (!record) return [];
    const { steps, current } = record;
    const target = Number(objective.target) / 100;
    return [
      spentPercent({ target, windowSeconds: seconds(objective.timeWindow), steps, current, comparison }),
    ];
  });
  if (spent.length === 0) return s.state.budget;
  return { spentPercent: round(Math.max(...spent)), limitPercent: Number(s.spec.analysis.budgetLimit) };
}

function overBudget(s: Situation, budget: State['budget']): Judgement | undefined {
  if (!budget || budget.spentPercent <= budget.limitPercent) return undefined;
  const windows = [...new Set((s.spec.objectives ?? []).map((o) => o.timeWindow))].join(', ');
  return {
    verdict: 'RollBack',
    reason: 'BudgetLimitExceeded',
    message: `this release has spent ${budget.spentPercent}% of the error budget of ${windows}, more than its limit of ${budget.limitPercent}%`,
  };
}

/** Counts of a finished step move to the list of steps; the next segment starts from nothing. */
export function closeSegment<T extends State>(state: T): T {
  if (!state.analysis) return state;
  const empty: Totals = { bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 };
  const analysis = state.analysis.map((a) => ({
    ...a,
    steps: [...a.steps, a.current].slice(-10),
    current: empty,
  }));
  return { ...state, analysis };
}
