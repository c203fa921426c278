import { isComparable, type Pair } from './count.ts';
import { LOG_RATIOS, logMeanExp } from './mixture.ts';

/**
 * ln E against "the candidate is not worse than stable".
 *
 * A bad request of either side falls on the candidate with probability θ = n_c/(n_c+n_s) when both are equal,
 * and θ(r) = r·n_c/(r·n_c+n_s) when the candidate is r times worse. One r holds for the whole release, so the
 * product over the segments is inside the mean over the grid:
 *
 *     E = mean over r of Π (θ(r)/θ)^bad_c · ((1−θ(r))/(1−θ))^bad_s
 *       = mean over r of Π r^bad_c · (1 + (r−1)·θ)^−(bad_c+bad_s)
 *
 * Assumption: the candidate's share of the traffic holds within a segment. A share that is 1.2 times the segment's
 * own while a dependency fails looks like a candidate that is 1.2 times worse, and with hundreds of bad requests
 * that is significant.
 *
 * A segment in which one side has no requests compares nothing and contributes the factor 1; with none left
 * the result is 0. The rates themselves cancel out, so a failing dependency that hits both sides is no evidence.
 * Given the bad requests, the true split is hypergeometric where they are not rare; it is less spread than this
 * binomial (Hoeffding 1963, theorem 4), so the bound still holds. Source: Lindon, Sanden & Shirikian, "Rapid
 * Regression Detection in Software Deployments through Sequential Testing" (KDD 2022).
 */
export const logEvidenceWorse = (segments: readonly Pair[]): number => logMeanExp(logRatiosWorse(segments));

/** Logarithms of the likelihood ratios that `logEvidenceWorse` is the mean of, for `logMeanExp`. */
export function logRatiosWorse(segments: readonly Pair[]): readonly number[] {
  const compared = segments.filter(isComparable);
  return LOG_RATIOS.map((logRatio) => {
    const excess = Math.expm1(logRatio);
    let sum = 0;
    for (const { candidate, stable } of compared) {
      const share = candidate.total / (candidate.total + stable.total);
      sum += candidate.bad * logRatio - (candidate.bad + stable.bad) * Math.log1p(excess * share);
    }
    return sum;
  });
}
