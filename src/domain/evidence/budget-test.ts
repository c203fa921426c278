import type { Count } from './count.ts';
import { LOG_RATIOS, logMeanExp } from './mixture.ts';

/**
 * ln E against "the bad ratio is at most `p0`".
 *
 *     E = mean over p of (p/p0)^bad · ((1−p)/(1−p0))^(total−bad),   p = p0·e^0.3, p0·e^0.6 … p0·90, below 1
 *
 * `p0` is a ratio, 0 < p0 < 1. Grows with `bad` at a constant `total`. Source: Lindon & Malek,
 * "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022), with a grid in place of the Beta prior: beyond 90 times, two bad
 * requests convince anyway.
 */
export function logEvidenceAbove(count: Count, p0: number): number {
  return logMeanExp(ratiosAbove(p0).map((p) => logLikelihoodRatio(count, p, p0)));
}

/**
 * ln E against "the bad ratio is at least `p0`": the mirror image of `logEvidenceAbove`, on p0·e^−0.3 … p0/90.
 * Without any bad request it reaches ln 20 after about 3.6/p0 requests.
 */
export function logEvidenceBelow(count: Count, p0: number): number {
  return logMeanExp(LOG_RATIOS.map((logRatio) => logLikelihoodRatio(count, p0 * Math.exp(-logRatio), p0)));
}

/** Near 1 no multiple of p0 fits below it; then the middle of what is left is the one alternative. */
function ratiosAbove(p0: number): readonly number[] {
  const ratios = LOG_RATIOS.map((logRatio) => p0 * Math.exp(logRatio)).filter((p) => p < 1);
  return ratios.length > 0 ? ratios : [(1 + p0) / 2];
}

/** log1p of the small difference, since 1−p itself would lose the digits that 1e9 good requests multiply. */
function logLikelihoodRatio({ bad, total }: Count, p: number, p0: number): number {
  return bad * Math.log(p / p0) + (total - bad) * Math.log1p((p0 - p) / (1 - p0));
}
