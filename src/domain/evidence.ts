/**
 * How strongly counts speak against a hypothesis, as the natural logarithm of an e-value.
 *
 * Each value is a likelihood ratio, mixed over a grid of alternatives. Under its hypothesis it is a test
 * (super)martingale that starts at 1, so the probability that it ever reaches 1/α is at most α, however often
 * it is looked at (Ville 1939). That is what lets a release be judged at every interval without a correction.
 *
 * Everything stays in log space: with 1e9 requests the ratios themselves leave the range of a double.
 * Counts may be fractions, because Prometheus' increase() extrapolates to the edges of its window.
 */

/** Requests of one side over one span of time. 0 <= bad <= total, finite; whole or not. */
export interface Count {
  readonly bad: number;
  readonly total: number;
}

/** Both sides over the same span of time. */
export interface Pair {
  readonly candidate: Count;
  readonly stable: Count;
}

/** Distance of neighbouring alternatives: 35 %. A finer grid finds nothing sooner; a coarser one misses between. */
const LOG_STEP = 0.3;

/** Alternatives "r times worse" up to 100, and "r times better" likewise: e^0.3 … e^4.5 = 90. */
const LOG_RATIOS: readonly number[] = Array.from(
  { length: Math.floor(Math.log(100) / LOG_STEP) },
  (_, index) => (index + 1) * LOG_STEP,
);

/**
 * ln E against "the bad ratio is at most `p0`".
 *
 *     E = mean over p of (p/p0)^bad · ((1−p)/(1−p0))^(total−bad),   p = p0·e^0.3, p0·e^0.6, … < 1
 *
 * `p0` is a ratio, 0 < p0 < 1. Grows with `bad` at a constant `total`. Source: Lindon & Malek,
 * "Anytime-Valid Inference for Multinomial Count Data" (NeurIPS 2022), with a grid in place of the Beta prior.
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
export function logEvidenceWorse(segments: readonly Pair[]): number {
  const compared = segments.filter(isComparable);
  return logMeanExp(
    LOG_RATIOS.map((logRatio) => {
      const excess = Math.expm1(logRatio);
      let sum = 0;
      for (const { candidate, stable } of compared) {
        const share = candidate.total / (candidate.total + stable.total);
        sum += candidate.bad * logRatio - (candidate.bad + stable.bad) * Math.log1p(excess * share);
      }
      return sum;
    }),
  );
}

/** Both sides had requests, so that the segment can tell them apart. */
export function isComparable({ candidate, stable }: Pair): boolean {
  return candidate.total > 0 && stable.total > 0;
}

/** Near 1 no multiple of p0 fits below it; then the middle of what is left is the one alternative. */
function ratiosAbove(p0: number): readonly number[] {
  const ratios: number[] = [];
  for (let p = p0 * Math.exp(LOG_STEP); p < 1; p *= Math.exp(LOG_STEP)) ratios.push(p);
  return ratios.length > 0 ? ratios : [(1 + p0) / 2];
}

/** log1p of the small difference, since 1−p itself would lose the digits that 1e9 good requests multiply. */
function logLikelihoodRatio({ bad, total }: Count, p: number, p0: number): number {
  return bad * Math.log(p / p0) + (total - bad) * Math.log1p((p0 - p) / (1 - p0));
}

/** ln of the mean of e^x, shifted by the largest x so that nothing overflows. `logs` is finite and not empty. */
function logMeanExp(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  const sum = logs.reduce((total, log) => total + Math.exp(log - largest), 0);
  return largest + Math.log(sum / logs.length);
}
