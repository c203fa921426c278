/**
 * Evidence is the natural logarithm of an e-value: a likelihood ratio, mixed over a grid of alternatives. Under its
 * hypothesis it is a test (super)martingale that starts at 1, so the probability that it ever reaches 1/α is at most
 * α, however often it is looked at (Ville 1939). That is what lets a release be judged at every interval without a
 * correction.
 *
 * Everything stays in log space: with 1e9 requests the ratios themselves leave the range of a double.
 */

/** Distance of neighbouring alternatives: 35 %. A finer grid finds nothing sooner; a coarser one misses between. */
const LOG_STEP = 0.3;

/** Alternatives "r times worse" up to 100, and "r times better" likewise: e^0.3 … e^4.5 = 90. */
export const LOG_RATIOS: readonly number[] = Array.from(
  { length: Math.floor(Math.log(100) / LOG_STEP) },
  (_, index) => (index + 1) * LOG_STEP,
);

/** ln(u·e^a + v·e^b), u and v above 0; a and b finite. */
export function logWeightedSum(a: number, u: number, b: number, v: number): number {
  const largest = Math.max(a, b);
  return largest + Math.log(u * Math.exp(a - largest) + v * Math.exp(b - largest));
}

/**
 * ln of the mean of the likelihood ratios, of which `logs` has one for each alternative; finite and not empty. Counts of
 * which only one in `thinnedBy` is taken for an event of its own have that part of the logarithms: the
 * quasi-likelihood (McCullagh & Nelder, "Generalized Linear Models", 1989, ch. 9). At least 1.
 */
export function logMeanExp(logs: readonly number[], thinnedBy = 1): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > largest) largest = log;
  let sum = 0;
  for (const log of logs) sum += Math.exp((log - largest) / thinnedBy);
  return largest / thinnedBy + Math.log(sum / logs.length);
}
