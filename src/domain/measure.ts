import type { Totals } from '../api/artifact-release-status.ts';
import { logEvidenceAbove, logEvidenceBelow } from './evidence/budget-test.ts';
import { type Clumping, meanClump, rareClump } from './evidence/clumping.ts';
import { logEvidenceWorse, logRatiosWorse } from './evidence/comparison-test.ts';
import { type Count, isComparable, type Pair, sumCounts } from './evidence/count.ts';
import { logMeanExp, logWeightedSum } from './evidence/mixture.ts';
import { logEvidenceHigher, type Signs } from './evidence/sign-test.ts';
import { type Comparison, toPair } from './segments.ts';

/** One objective, and all that was counted for it since the release began. */
export interface EvaluationInput {
  /** Share of good requests that the objective asks for, 0 < target < 1. */
  readonly target: number;
  /** Burn rate that is still acceptable, above 0. */
  readonly maxBurnRate: number;
  /** A good release is rolled back with probability at most 1 − confidence. 0 < confidence < 1. */
  readonly confidence: number;
  /** Counts of the finished steps, oldest first. */
  readonly steps: readonly Totals[];
  /** Counts since the start of the current step, or of the bake. */
  readonly current: Totals;
  readonly comparison: Comparison;
  readonly clumping: Clumping;
  /** What is counted: requests, or samples of a value, whose two sides are compared sample by sample. */
  readonly measure: Measure;
}

export type Measure = 'requests' | 'samples';

/**
 * Rule of three: after 3/p requests without a bad one, the bad ratio is below p with a confidence of 95 %.
 * Source: Hanley & Lippman-Hand, "If nothing goes wrong, is everything all right?" (JAMA 1983).
 */
const RULE_OF_THREE = 3;

/**
 * A value has one sample an interval, so the rule of three would ask for hours. What the samples lack in number the
 * comparison with stable has to make up for.
 */
const SAMPLES_ENOUGH = 10;

/** The ratio that the budget test asks about must leave room for a worse one, whatever burn is called acceptable. */
const MAX_ACCEPTABLE_RATIO = 0.99;

/** The bad ratio that a candidate may have: what both verdicts ask about. Above 0, below 1. */
export const acceptableRatio = ({
  target,
  maxBurnRate,
}: Pick<EvaluationInput, 'target' | 'maxBurnRate'>): number =>
  Math.min(maxBurnRate * (1 - target), MAX_ACCEPTABLE_RATIO);

/** What may show that a candidate keeps its objective. */
export interface Kept {
  readonly requests: number;
  readonly requestsNeeded: number;
  /** ln of the evidence that a roll-back, or a proof, needs. */
  readonly logThreshold: number;
  readonly logWithinBudget: number;
}

/** What the tests make of the counts. */
export interface Measured extends Kept {
  /** The same of the current segment alone. */
  readonly current: Kept;
  readonly logOverBudget: number;
  /** Samples are too few to prove anything; that no more of them are bad than may be is all that they can say. */
  readonly keepsBound: boolean;
  /** Absent where no segment has both sides. */
  readonly stable?: {
    readonly logWorse: number;
    /** Without caution in favour of either side: what a pass asks. */
    readonly looksWorse: boolean;
    readonly burns: boolean;
  };
}

/** The evidence for and against a candidate. Pure and total, as the verdict that is made of it. */
export function measure(input: EvaluationInput): Measured {
  const { confidence, comparison, clumping } = input;
  const acceptable = acceptableRatio(input);
  const segments = [...input.steps, input.current];
  const candidate = sumCounts(segments.map((segment) => toPair(segment).candidate));
  // Before and after share one stable count, so evidence from the steps would use it twice.
  const compared = (comparison === 'before' ? segments.slice(-1) : segments).filter((segment) =>
    isComparable(toPair(segment)),
  );
  const kept = (count: Count): Kept => ({
    requests: count.total,
    requestsNeeded: needed(input.measure, acceptable),
    logThreshold: -Math.log1p(-confidence),
    logWithinBudget: logEvidenceBelow(count, acceptable, clumping.dispersion),
  });
  return {
    ...kept(candidate),
    current: kept(toPair(input.current).candidate),
    logOverBudget: eitherOf(
      logEvidenceAbove(clumpsOf(segments, input), acceptable),
      logEvidenceAbove(candidate, acceptable, rareClump(clumping)),
    ),
    keepsBound: input.measure === 'samples' && candidate.bad <= acceptable * candidate.total,
    ...(compared.length === 0 ? {} : { stable: compare(compared, input, acceptable) }),
  };
}

function compare(
  compared: readonly Totals[],
  input: EvaluationInput,
  acceptable: number,
): NonNullable<Measured['stable']> {
  const stable = sumCounts(compared.map((segment) => toPair(segment).stable));
  const signed = input.measure === 'samples' && input.comparison === 'concurrent';
  const burns = stable.bad > acceptable * stable.total;
  if (signed) {
    const logWorse = logEvidenceHigher(signs(compared));
    return { logWorse, looksWorse: logWorse > 0, burns };
  }
  const logRatios = logRatiosWorse(compared.map(toPair));
  const logClumps = logEvidenceWorse(compared.map((segment) => asClumps(segment, input)));
  return {
    logWorse: eitherOf(logClumps, logMeanExp(logRatios, rareClump(input.clumping))),
    looksWorse: logMeanExp(logRatios, input.clumping.dispersion) > 0,
    burns,
  };
}

/** One cause is one event, however many requests it spoils: clumps are what comes independently of each other. */
function asClumps(segment: Totals, { clumping, measure: kind }: EvaluationInput): Pair {
  const { candidate, stable } = toPair(segment);
  if (kind === 'samples') return { candidate, stable };
  const size = meanClump(clumping);
  const bad = segment.clumps ?? candidate.bad / size;
  return {
    candidate: { bad: Math.min(bad, candidate.bad), total: candidate.total },
    stable: { bad: stable.bad / size, total: stable.total },
  };
}

/** As many fewer requests as there are fewer clumps than bad requests. */
function clumpsOf(segments: readonly Totals[], input: EvaluationInput): Count {
  const { bad, total } = sumCounts(segments.map((segment) => asClumps(segment, input).candidate));
  return {
    bad,
    total: Math.max(bad, input.measure === 'samples' ? total : total / meanClump(input.clumping)),
  };
}

/**
 * The mean of two e-values is one, so either may convince. Clumps are found soonest where they are few; where several
 * come between two looks they look like one, and only the thinned counts grow as the requests do.
 */
const eitherOf = (logClumps: number, logThinned: number): number =>
  logWeightedSum(logClumps, 1 - THINNED, logThinned, THINNED);

/** Weight of the thinned counts. What it costs the clumps is a tenth of the evidence. */
const THINNED = 0.1;

const signs = (segments: readonly Totals[]): Signs => ({
  higher: segments.reduce((sum, { higher }) => sum + (higher ?? 0), 0),
  lower: segments.reduce((sum, { lower }) => sum + (lower ?? 0), 0),
});

/** Whole requests. 1 − 0.9 is a little below 0.1, which must not ask for one request more than 1/0.1 does. */
function needed(kind: Measure, acceptable: number): number {
  const rounding = 1 - 1e-9;
  const requests = Math.ceil((RULE_OF_THREE / acceptable) * rounding);
  return kind === 'samples' ? Math.min(requests, SAMPLES_ENOUGH) : requests;
}
