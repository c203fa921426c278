import type { ObjectiveAnalysis } from '../api/artifact-release-status.ts';
import { type BudgetInput, spentPercent } from './error-budget.ts';
import { type Assessment, type EvaluationInput, evaluate } from './evaluate.ts';
import type { StepEnds } from './schedule/steps.ts';

/** One answer about one objective, with everything that it was made from: enough to compute it again. */
export interface Evaluation {
  /** Time of the decision that it was made for. */
  readonly evaluatedAt: string;
  readonly digest: string;
  /** Which trial of this digest. */
  readonly attempt: number;
  /** Index of the canary step, from 0; or the bake. */
  readonly stage: Stage;
  /** Of a step: when it may end. A bake ends at its time whatever is said, unless that is RollBack. */
  readonly ends?: StepEnds;
  /** Share of the traffic in percent. */
  readonly weight: number;
  readonly objective: string;
  readonly input: EvaluationInput;
  readonly assessment: Assessment;
  readonly budget: Budget;
}

export type Stage = number | 'bake';

/** What the release has spent by this objective, and may spend. */
export interface Budget {
  /** Rolling window of the error budget, in seconds. */
  readonly windowSeconds: number;
  /** In percent of the budget of the window, at least 0; as `spentPercent` gives it. */
  readonly spentPercent: number;
  /** In percent of the budget of the window. */
  readonly limit: number;
}

/** The two answers, of counts and policy alone. */
export function answer(
  input: EvaluationInput,
  { limit, windowSeconds }: Pick<Budget, 'limit' | 'windowSeconds'>,
): Pick<Evaluation, 'assessment' | 'budget'> {
  const measured: BudgetInput = { ...input, windowSeconds };
  return {
    assessment: evaluate(input),
    budget: { windowSeconds, spentPercent: spentPercent(measured), limit },
  };
}

/** The part of an assessment that a status keeps, as it keeps it. */
export const recorded = ({
  burnRate,
  evidence,
  reason,
  verdict,
}: Assessment): Pick<ObjectiveAnalysis, 'burnRate' | 'evidence' | 'verdict' | 'reason'> => ({
  ...(burnRate !== undefined && { burnRate: toThousandths(burnRate) }),
  evidence: Math.round(evidence),
  verdict,
  reason,
});

/** Three decimals are kept of a burn rate and of the budget spent; the limit is compared with what is kept. */
export const toThousandths = (value: number): number => Math.round(value * 1000) / 1000;

/** One decimal is kept of what is an estimate. */
export const toTenths = (value: number): number => Math.round(value * 10) / 10;

export const isOverBudget = ({ limit, spentPercent: spent }: Budget): boolean => toThousandths(spent) > limit;
