import { isDeepStrictEqual } from 'node:util';
import type { Objective } from '../api/artifact-release-spec.ts';
import type { Candidate, ObjectiveAnalysis, Totals } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import { describeRecord } from './analysis-text.ts';
import { clumpingBefore } from './baselines.ts';
import { currentCounts, type Judging } from './current-counts.ts';
import { spentPercent } from './error-budget.ts';
import type { EvaluationInput } from './evaluate.ts';
import { answer, type Evaluation, recorded, toThousandths } from './evaluation.ts';
import { isSuspicious, stands, watchOf } from './looks.ts';
import { acceptableRatio } from './measure.ts';
import type { Counts } from './observation.ts';
import type { Reading } from './reading.ts';
import { stepEnds } from './schedule/steps.ts';
import type { Comparison } from './segments.ts';
import type { Situation, State } from './situation.ts';
import { termsOf } from './terms.ts';
import { seconds } from './time.ts';

/** One verdict over all objectives. Only Pass lets a step end; only RollBack ends the release. */
export interface Judgement {
  readonly verdict: 'Pass' | 'Hold' | 'RollBack' | 'Unknown';
  readonly reason: Reason;
  /** The objective that decided, with its numbers. */
  readonly message: string;
  /** Nothing is wrong but that there is no data, and in this step or bake there never was. */
  readonly early?: boolean;
  /** What holds is what hits both sides alike: no objective speaks for this candidate being worse than stable. */
  readonly notWorse?: boolean;
  /** Every objective is kept for certain: what a step may end early for. */
  readonly proven?: boolean;
  /** It is the service as a whole that burns: no bake ends while it does. */
  readonly wholeService?: boolean;
}

export interface Analysed<T extends State> {
  readonly state: T;
  readonly judgement: Judgement;
  /** Of the objectives that have counts. */
  readonly evaluations: readonly Evaluation[];
}

/**
 * Judges the candidate by every objective, and records the counts in the state. An objective whose counts are
 * unknown keeps the ones recorded before, and makes the whole judgement Unknown unless another one rolls back.
 */
export function analyse<T extends UnderTrial>(
  s: Situation & { readonly state: T },
  comparison: Comparison,
): Analysed<T> {
  const objectives = s.spec.objectives ?? [];
  if (objectives.length === 0) {
    return {
      state: s.state,
      judgement: { verdict: 'Pass', reason: 'NoObjectives', message: 'no objectives; pods are available' },
      evaluations: [],
    };
  }
  const judged = objectives.map((objective) => judge(s, objective, comparison));
  const spent = spending(s, judged, comparison);
  const { budget } = spent;
  const analysis = judged.flatMap((one) => (one.record ? [one.record] : []));
  return {
    state: { ...s.state, ...(analysis.length > 0 && { analysis }), ...(budget && { budget }) },
    judgement: overBudget(s, spent) ?? together(judged.map((one) => one.judgement)),
    evaluations: judged.flatMap(({ evaluation }) => evaluation ?? []),
  };
}

type UnderTrial = State & { readonly candidate: Candidate };

interface Trial extends Situation {
  readonly state: UnderTrial;
}

interface Judged {
  readonly objective: Objective;
  readonly record?: ObjectiveAnalysis;
  readonly judgement: Judgement;
  /** Absent without counts. */
  readonly evaluation?: Evaluation;
}

/**
 * What a quick look finds is not recorded, for it would tell one clump for two, unless it rolls back: until the next
 * regular look everything is as it was at the last one.
 */
function judge(s: Trial, objective: Objective, comparison: Comparison): Judged {
  const before = s.state.analysis?.find((a) => a.objective === objective.name);
  const judging: Judging = { objective, comparison, before };
  const reading = countsOf(s)?.get(objective.name);
  const judged = reading?.known
    ? judgeCounts(s, judging, currentCounts(s.state.candidate, judging, reading.value))
    : { objective, judgement: unmeasured(s, objective, before, reading), ...(before && { record: before }) };
  return before && judged.judgement.verdict !== 'RollBack' && stands(watchOf(s.spec, s.state), before, s.now)
    ? judgeCounts(s, judging, before.current)
    : judged;
}

function judgeCounts(s: Trial, { before, comparison, objective }: Judging, current: Totals): Judged {
  const terms = termsOf(objective, s.seen.counts?.terms?.get(objective.name), before);
  if (!terms) return { objective, judgement: unmeasured(s, objective, before, undefined) };
  const steps = before?.steps ?? [];
  const input: EvaluationInput = {
    target: Number(terms.target) / 100,
    maxBurnRate: Number(s.spec.analysis.maxBurnRate),
    confidence: Number(s.spec.analysis.confidence),
    steps,
    current,
    comparison,
    clumping: clumpingBefore(s.state.candidate, objective.name),
    measure: isSampled(objective, current) ? 'samples' : 'requests',
  };
  const evaluation = evaluationOf(s, objective, input, seconds(terms.timeWindow));
  const { assessment } = evaluation;
  const isSame = before && isDeepStrictEqual(before.current, current);
  const suspect = isSame ? before.suspect : suspects(s, before?.current, input);
  const record: ObjectiveAnalysis = {
    objective: objective.name,
    evaluatedAt: isSame ? before.evaluatedAt : s.now.toISOString(),
    ...(objective.target === undefined && { terms }),
    current,
    ...(before?.carried && { carried: before.carried }),
    steps,
    ...(suspect && { suspect }),
    ...recorded(assessment),
  };
  const { verdict, reason, notWorse, proven, requestsNeeded } = assessment;
  const { measure } = input;
  const message = describeRecord(s, terms, record, { requestsNeeded, comparison, measure });
  return { objective, record, judgement: { verdict, reason, message, notWorse, proven }, evaluation };
}

function evaluationOf(
  { spec, state, now }: Trial,
  { name }: Objective,
  input: EvaluationInput,
  windowSeconds: number,
): Evaluation {
  const { attempt, digest, step, weight } = state.candidate;
  const bakes = input.comparison === 'before';
  const ends = bakes ? undefined : stepEnds(spec, state.candidate);
  return {
    evaluatedAt: now.toISOString(),
    digest,
    attempt,
    stage: bakes ? 'bake' : step,
    ...(ends && { ends }),
    weight,
    objective: name,
    input,
    ...answer(input, { windowSeconds, limit: Number(spec.analysis.budgetLimit) }),
  };
}

/** Of a value there is nothing new before the next interval. */
const suspects = ({ spec }: Trial, before: Totals | undefined, input: EvaluationInput): boolean =>
  input.measure === 'requests' &&
  isSuspicious(before, input.current, acceptableRatio(input), seconds(spec.analysis.interval));

/** Of an objective that is written down elsewhere only the counts tell. */
export const isSampled = ({ thresholdMetric }: Objective, { higher }: Totals): boolean =>
  thresholdMetric !== undefined || higher !== undefined;

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

const SEVERITY = { RollBack: 3, Unknown: 2, Hold: 1, Pass: 0 } as const;

/** Data that is only late is less than data that went missing, or a query that fails. */
const severity = ({ verdict, early }: Judgement): number => SEVERITY[verdict] - (early ? 0.5 : 0);

const worst = (judgements: readonly Judgement[]): Judgement =>
  judgements.reduce((a, b) => (severity(b) > severity(a) ? b : a));

const together = (judgements: readonly Judgement[]): Judgement => ({
  ...worst(judgements),
  notWorse: judgements.every(({ verdict, notWorse }) => verdict === 'Pass' || notWorse),
  proven: judgements.every(({ proven }) => proven),
});

interface Spending {
  readonly budget: State['budget'];
  /** The objective that has spent most; absent where none was measured. */
  readonly most?: { readonly one: Judged; readonly window: string };
}

/** Error budget spent over all segments of this release. */
function spending(s: Situation, judged: readonly Judged[], comparison: Comparison): Spending {
  const spent = judged.flatMap((one) => {
    if (!one.record) return [];
    const { steps, current } = one.record;
    const terms = termsOf(one.objective, undefined, one.record);
    if (!terms) return [];
    const target = Number(terms.target) / 100;
    const windowSeconds = seconds(terms.timeWindow);
    const percent = spentPercent({ target, windowSeconds, steps, current, comparison });
    return [{ one, window: terms.timeWindow, percent }];
  });
  const [first, ...others] = spent;
  if (!first) return { budget: s.state.budget };
  const most = others.reduce((a, b) => (b.percent > a.percent ? b : a), first);
  return { budget: { spentPercent: toThousandths(most.percent) }, most };
}

function overBudget({ spec }: Situation, { budget, most }: Spending): Judgement | undefined {
  const limit = Number(spec.analysis.budgetLimit);
  if (!budget || budget.spentPercent <= limit) return undefined;
  const whose = most ? ` of ${most.window}` : '';
  const numbers = most ? ` (${most.one.judgement.message})` : '';
  return {
    verdict: 'RollBack',
    reason: 'BudgetLimitExceeded',
    message: `this release has spent ${budget.spentPercent}% of the error budget${whose}, more than its limit of ${limit}%${numbers}`,
  };
}
