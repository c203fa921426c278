import type { Count } from './count.ts';
import { LOG_RATIOS, logMeanExp } from './mixture.ts';

/**
 * ln E against "the bad ratio is at most `p0`".
 *
 *     E = mean over p of (p/p0)^bad · ((1−p)/(1−p0))^(total−bad),   p = p0·e^0.3, p0·e^0.6 … p0·90, below 1
 *
 * `p0` is a ratio, 0 < p0 < 1. Grows with `bad` at a constant `total`. Source: Lindon & Malek,
 * "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022), with a grid in place of the Beta prior: beyond
 * 90 times, two bad requests convince anyway. For `thinnedBy` see `logMeanExp`.
 */
export function logEvidenceAbove(count: Count, p0: number, thinnedBy = 1): number {
  const ratios = LOG_RATIOS.filter((logRatio) => p0 * Math.exp(logRatio) < 1);
  // Near 1 no multiple of p0 fits below it; then the middle of what is left is the one alternative.
  const alternatives = ratios.length > 0 ? ratios : [Math.log((1 + p0) / 2 / p0)];
  return logMeanExp(logRatiosOf(count, p0, alternatives), thinnedBy);
}

/**
 * ln E against "the bad ratio is at least `p0`": the mirror image of `logEvidenceAbove`, on p0·e^−0.3 … p0/90.
 * Without any bad request it reaches ln 20 after about 3.6/p0 requests.
 */
export function logEvidenceBelow(count: Count, p0: number, thinnedBy = 1): number {
  return logMeanExp(logRatiosOf(count, p0, LOG_RATIOS_BELOW), thinnedBy);
}

const LOG_RATIOS_BELOW: readonly number[] = LOG_RATIOS.map((logRatio) => -logRatio);

/** log1p of the small difference, since 1−p itself would lose the digits that 1e9 good requests multiply. */
const logRatiosOf = ({ bad, total }: Count, p0: number, alternatives: readonly number[]): readonly number[] =>
  alternatives.map((logRatio) => {
    const excess = (-p0 * Math.expm1(logRatio)) / (1 - p0);
    return bad * logRatio + (total - bad) * Math.log1p(excess);
  });
