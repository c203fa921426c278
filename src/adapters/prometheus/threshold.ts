import type { Objective } from '../../api/artifact-release-spec.ts';

export type ThresholdMetric = NonNullable<Objective['thresholdMetric']>;

type Relation = (a: number, b: number) => boolean;

const smaller: Relation = (a, b) => a < b;
const larger: Relation = (a, b) => a > b;

/** How a good value relates to the bound, and a worse value to a better one. */
const OPERATORS: Readonly<
  Record<ThresholdMetric['op'], { readonly good: Relation; readonly worse: Relation }>
> = {
  lte: { good: (value, bound) => value <= bound, worse: larger },
  lt: { good: smaller, worse: larger },
  gte: { good: (value, bound) => value >= bound, worse: smaller },
  gt: { good: larger, worse: smaller },
};

/** Of values that are numbers, or infinite, how many there are and how many break the bound. */
export function judgeSamples(
  values: Iterable<number>,
  { op, value }: ThresholdMetric,
): { readonly bad: number; readonly total: number } {
  const all = [...values];
  return { bad: all.filter((one) => !OPERATORS[op].good(one, Number(value))).length, total: all.length };
}

/**
 * Pairs of values of the candidate and of stable in which the candidate is further from good (`higher`), and nearer
 * to it (`lower`). Equal values are neither.
 */
export function compareSamples(
  pairs: readonly (readonly [candidate: number, stable: number])[],
  { op }: ThresholdMetric,
): { readonly higher: number; readonly lower: number } {
  const { worse } = OPERATORS[op];
  return {
    higher: pairs.filter(([candidate, stable]) => worse(candidate, stable)).length,
    lower: pairs.filter(([candidate, stable]) => worse(stable, candidate)).length,
  };
}
