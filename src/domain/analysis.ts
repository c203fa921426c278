import { isDeepStrictEqual } from 'node:util';
import type { Objective } from '../api/artifact-release-spec.ts';
import type { ObjectiveAnalysis, Totals } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import { spentPercent } from './error-budget.ts';
import { evaluate } from './evaluate.ts';
import type { Counts, Terms } from './observation.ts';
import type { Reading } from './reading.ts';
import type { Comparison } from './segments.ts';
import type { Situation, State } from './situation.ts';
import { seconds } from './time.ts';

/** One verdict over all objectives. Only Pass lets a step end; only RollBack ends the release. */
export interface Judgement {
  readonly verdict: 'Pass' | 'Hold' | 'RollBack' | 'Unknown';
  readonly reason: Reason;
  /** The objective that decided, with its numbers. */
  readonly message: string;
  /** Nothing is wrong but that there is no data, and in this step or bake there never was. */
  readonly early?: boolean;
  /** Every objective is kept for certain: what a step may end early for. */
  readonly proven?: boolean;
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
  const spent = spending(s, judged, comparison);
  const { budget } = spent;
  const analysis = judged.flatMap((one) => (one.record ? [one.record] : []));
  return {
    state: { ...s.state, ...(analysis.length > 0 && { analysis }), ...(budget && { budget }) },
    judgement: overBudget(s, spent) ?? together(judged.map((one) => one.judgement)),
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
    const judgement = unmeasured(s, objective, before, reading);
    return { objective, judgement, ...(before && { record: before }) };
  }
  const terms = termsOf(s, objective, before);
  if (!terms) return { objective, judgement: unmeasured(s, objective, before, undefined) };
  const dispersion = dispersionOf(s, objective);
  const steps = before?.steps ?? [];
  const counted = before?.carried ? addTotals(before.carried, reading.value) : reading.value;
  const current = comparison === 'before' ? withStableFrom(steps, counted) : counted;
  const assessment = evaluate({
    target: Number(terms.target) / 100,
    maxBurnRate: Number(s.spec.analysis.maxBurnRate),
    confidence: Number(s.spec.analysis.confidence),
    steps,
    current,
    comparison,
    dispersion,
    measure: objective.thresholdMetric ? 'samples' : 'requests',
  });
  const record: ObjectiveAnalysis = {
    objective: objective.name,
    evaluatedAt:
      before && isDeepStrictEqual(before.current, current) ? before.evaluatedAt : s.now.toISOString(),
    terms,
    ...(dispersion > 1 && { dispersion }),
    current,
    ...(before?.carried && { carried: before.carried }),
    steps,
    ...(assessment.burnRate !== undefined && { burnRate: round(assessment.burnRate) }),
    evidence: Math.round(assessment.evidence),
    verdict: assessment.verdict,
    reason: assessment.reason,
  };
  const message = describe(s, terms, record, { ...assessment, comparison });
  return {
    objective,
    record,
    judgement: { verdict: assessment.verdict, reason: assessment.reason, message, proven: assessment.proven },
  };
}

/** Where an objective is written down elsewhere, what was found there last counts until something else is found. */
const termsOf = (
  { seen }: Situation,
  { name, target, timeWindow }: Objective,
  before: ObjectiveAnalysis | undefined,
): Terms | undefined =>
  target === undefined ? (seen.counts?.terms?.get(name) ?? before?.terms) : { target, timeWindow };

const dispersionOf = ({ state }: Situation, { name }: Objective): number =>
  state.candidate?.baselines?.find(({ objective }) => objective === name)?.dispersion ?? 1;

function unmeasured(
  { state }: Situation,
  { name }: Objective,
  record: ObjectiveAnalysis | undefined,
  reading: Extract<Reading<Totals>, { known: false }> | undefined,
): Judgement {
  if (!reading) return { verdict: 'Hold', reason: 'Measuring', message: `${name}: measuring` };
  const { reason, message } = reading;
  const started = Date.parse(state.candidate?.stepStartedAt ?? '');
  const early = reason === 'NoData' && !(record && Date.parse(record.evaluatedAt) >= started);
  return { verdict: 'Unknown', reason, message, ...(early && { early }) };
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

const percent = (bad: number, total: number): string => `${((100 * bad) / total).toFixed(2)}%`;

/**
 * `availability 99.9%: 1,243 requests, 3 bad (0.24%, burn 2.4x > 1x), stable 9 of 9,871 bad (0.09%),
 * evidence 14% of what a roll-back needs`.
 */
function describe(
  s: Situation,
  { target }: Terms,
  record: ObjectiveAnalysis,
  { requestsNeeded, comparison }: { requestsNeeded: number; comparison: Comparison },
): string {
  const { bad, total } = record.current;
  const all = total + record.steps.reduce((sum, step) => sum + step.total, 0);
  const limit = Number(s.spec.analysis.maxBurnRate);
  const burn = record.burnRate ?? 0;
  const ratio = total > 0 ? `${percent(bad, total)}, ` : '';
  const needed =
    record.reason === 'InsufficientTraffic' ? ` (${count(all)} of ${count(requestsNeeded)} needed)` : '';
  return (
    `${record.objective} ${target}%: ${count(total)} requests${needed}, ${count(bad)} bad ` +
    `(${ratio}burn ${burn.toFixed(1)}x ${burn > limit ? '>' : '<='} ${limit}x), ${stableSide(record.current, comparison)}, ` +
    `evidence ${record.evidence}% of what a roll-back needs${ADVICE[record.reason] ?? ''}`
  );
}

function stableSide({ stableBad, stableTotal }: Totals, comparison: Comparison): string {
  const when = comparison === 'before' ? ' before' : '';
  return stableTotal > 0
    ? `stable ${count(stableBad)} of ${count(stableTotal)} bad${when} (${percent(stableBad, stableTotal)})`
    : `stable without requests${when}`;
}

/** What the numbers alone do not tell. */
const ADVICE: Partial<Record<Reason, string>> = {
  ServiceBurning: '; stable burns too: look at the service and what it depends on, not at this release',
  Inconclusive: '; this decides nothing yet, more requests will',
};

const SEVERITY = { RollBack: 3, Unknown: 2, Hold: 1, Pass: 0 } as const;

/** Data that is only late is less than data that went missing, or a query that fails. */
const severity = ({ verdict, early }: Judgement): number => SEVERITY[verdict] - (early ? 0.5 : 0);

const worst = (judgements: readonly Judgement[]): Judgement =>
  judgements.reduce((a, b) => (severity(b) > severity(a) ? b : a));

const together = (judgements: readonly Judgement[]): Judgement => ({
  ...worst(judgements),
  proven: judgements.every(({ proven }) => proven),
});

interface Spending {
  readonly budget: State['budget'];
  /** The objective that has spent most; absent where none was measured. */
  readonly most?: Judged;
}

/** Error budget spent over all segments of this release. */
function spending(s: Situation, judged: readonly Judged[], comparison: Comparison): Spending {
  const spent = judged.flatMap((one) => {
    if (!one.record) return [];
    const { steps, current, terms } = one.record;
    if (!terms) return [];
    const target = Number(terms.target) / 100;
    const windowSeconds = seconds(terms.timeWindow);
    return [{ one, percent: spentPercent({ target, windowSeconds, steps, current, comparison }) }];
  });
  const [first, ...others] = spent;
  if (!first) return { budget: s.state.budget };
  const most = others.reduce((a, b) => (b.percent > a.percent ? b : a), first);
  return { budget: { spentPercent: round(most.percent) }, most: most.one };
}

function overBudget({ spec }: Situation, { budget, most }: Spending): Judgement | undefined {
  const limit = Number(spec.analysis.budgetLimit);
  if (!budget || budget.spentPercent <= limit) return undefined;
  const whose = most?.record?.terms ? ` of ${most.record.terms.timeWindow}` : '';
  const numbers = most ? ` (${most.judgement.message})` : '';
  return {
    verdict: 'RollBack',
    reason: 'BudgetLimitExceeded',
    message: `this release has spent ${budget.spentPercent}% of the error budget${whose}, more than its limit of ${limit}%${numbers}`,
  };
}

/** Counts of a finished step move to the list of steps; the next segment starts from nothing. */
export function closeSegment<T extends State>(state: T): T {
  if (!state.analysis) return state;
  const empty: Totals = { bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 };
  const analysis = state.analysis.map(({ carried: _, ...a }) => ({
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

const addTotals = (a: Totals, b: Totals): Totals => ({
  bad: a.bad + b.bad,
  total: a.total + b.total,
  stableBad: a.stableBad + b.stableBad,
  stableTotal: a.stableTotal + b.stableTotal,
  seconds: a.seconds + b.seconds,
});
