import { answer, type Budget, type Evaluation } from '../evaluation.ts';

/** What people choose: all that an answer depends on but what was counted. */
export interface Policy {
  /** 0 < confidence < 1. */
  readonly confidence: number;
  /** Above 0. */
  readonly maxBurnRate: number;
  /** A ratio, 0 < target < 1. */
  readonly target: number;
  /** In percent of the error budget, above 0. */
  readonly budgetLimit: number;
}

/** What is another one; the rest stays as it was. */
export interface PolicyChange {
  readonly everywhere: Partial<Policy>;
  /** By objective; goes before `everywhere`. */
  readonly of: ReadonlyMap<string, Partial<Policy>>;
}

/** What an answer is made from. */
export interface Asked extends Pick<Evaluation, 'objective' | 'input'> {
  readonly budget: Pick<Budget, 'windowSeconds' | 'limit'>;
}

/** The answer to the same counts, in place of any that is there; by another policy where there is one. */
export function answeredAgain<T extends Asked>(
  asked: T,
  change?: PolicyChange,
): T & Pick<Evaluation, 'assessment' | 'budget'> {
  const { budgetLimit = asked.budget.limit, ...changed } = {
    ...change?.everywhere,
    ...change?.of.get(asked.objective),
  };
  const input = { ...asked.input, ...changed };
  return { ...asked, input, ...answer(input, { ...asked.budget, limit: budgetLimit }) };
}
