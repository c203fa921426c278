import type { Spec } from '../../api/artifact-release-spec.ts';
import type { ObjectiveAnalysis, Status, Totals } from '../../api/artifact-release-status.ts';
import { isSampled } from '../analysis.ts';
import { clumpingBefore } from '../baselines.ts';
import type { EvaluationInput } from '../evaluate.ts';
import { type Evaluation, recorded, toThousandths } from '../evaluation.ts';
import { termsOf } from '../terms.ts';
import { seconds } from '../time.ts';
import { type Difference, differences } from './difference.ts';
import { type Asked, answeredAgain, type PolicyChange } from './policy.ts';

/** An objective of a status, computed again from the counts that it holds and the policy of the spec. */
export interface ReplayedObjective {
  readonly record: ObjectiveAnalysis;
  readonly computed: Answer;
  /** By the changed policy; absent without a change. */
  readonly instead?: Answer;
}

type Answer = Pick<Evaluation, 'assessment' | 'budget'>;

export interface ReplayedStatus {
  readonly objectives: readonly ReplayedObjective[];
  /** To the digits that a status keeps. */
  readonly differences: readonly Difference[];
  /** Objectives that are not computed: the spec has them no more, or their target is not recorded. */
  readonly unknown: readonly string[];
}

/** Computes the answers of the current step or bake that a status holds again. */
export function replayStatus(
  { spec, status }: { readonly spec: Spec; readonly status: Status },
  change?: PolicyChange,
): ReplayedStatus {
  const records = status.analysis ?? [];
  const objectives = records.flatMap((record): readonly ReplayedObjective[] => {
    const question = questionOf(spec, status, record);
    if (!question) return [];
    const instead = change && { instead: answeredAgain(question, change) };
    return [{ record, computed: answeredAgain(question), ...instead }];
  });
  const known = new Set(objectives.map(({ record }) => record.objective));
  return {
    objectives,
    differences: [...objectives.flatMap(inRecord), ...inBudget(status, objectives)],
    unknown: records.map(({ objective }) => objective).filter((name) => !known.has(name)),
  };
}

function questionOf(
  { analysis, objectives }: Spec,
  { candidate }: Status,
  record: ObjectiveAnalysis,
): Asked | undefined {
  const { objective: name } = record;
  const objective = objectives?.find((one) => one.name === name);
  const terms = objective && termsOf(objective, undefined, record);
  if (!objective || !terms) return undefined;
  const segments = segmentsOf(record, candidate?.weight ?? 0);
  const input: EvaluationInput = {
    target: Number(terms.target) / 100,
    maxBurnRate: Number(analysis.maxBurnRate),
    confidence: Number(analysis.confidence),
    ...segments,
    clumping: clumpingBefore(candidate ?? {}, name),
    measure: isSampled(objective, segments.current) ? 'samples' : 'requests',
  };
  const windowSeconds = seconds(terms.timeWindow);
  return { objective: name, input, budget: { windowSeconds, limit: Number(analysis.budgetLimit) } };
}

/** The counts that were judged last: those of a step that has ended since then are the last ones in the list. */
function segmentsOf(
  { current, steps }: ObjectiveAnalysis,
  weight: number,
): Pick<EvaluationInput, 'steps' | 'current' | 'comparison'> {
  const ended = current.seconds === 0 ? steps.at(-1) : undefined;
  if (ended) return { steps: steps.slice(0, -1), current: ended, comparison: 'concurrent' };
  // A candidate that is left has no weight any more.
  const bakes = weight === 100 || (weight === 0 && hasStableOf(current, steps));
  return { steps, current, comparison: bakes ? 'before' : 'concurrent' };
}

/** In a bake the counts of stable are those of the steps before. */
const hasStableOf = ({ stableBad, stableTotal }: Totals, steps: readonly Totals[]): boolean =>
  stableBad === steps.reduce((sum, step) => sum + step.stableBad, 0) &&
  stableTotal === steps.reduce((sum, step) => sum + step.stableTotal, 0);

function inRecord({ computed, record }: ReplayedObjective): readonly Difference[] {
  const { burnRate, evaluatedAt, evidence, objective, reason, verdict } = record;
  const stored = { ...(burnRate !== undefined && { burnRate }), evidence, verdict, reason };
  const fields = differences('analysis', stored, recorded(computed.assessment));
  return fields.map((field) => ({ evaluatedAt, objective, ...field }));
}

/** A status tells what the objective has spent that has spent most. */
function inBudget({ budget }: Status, objectives: readonly ReplayedObjective[]): readonly Difference[] {
  const [first, ...others] = objectives;
  if (!first || !budget) return [];
  const most = others.reduce(
    (a, b) => (b.computed.budget.spentPercent > a.computed.budget.spentPercent ? b : a),
    first,
  );
  const computed = { spentPercent: toThousandths(most.computed.budget.spentPercent) };
  const { evaluatedAt, objective } = most.record;
  return differences('budget', budget, computed).map((field) => ({ evaluatedAt, objective, ...field }));
}
