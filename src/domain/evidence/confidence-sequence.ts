import type { Count } from './count.ts';

/** Bounds of a ratio, 0 <= lower <= upper <= 1. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** Halvings of an interval of at most 1: what is left is below the spacing of doubles near 1e-15. */
const HALVINGS = 50;

/**
 * The ratios that a count has not refuted: at every look at once, the true one is among them with probability 1 − α.
 *
 *     { p : B(x+½, n−x+½) / B(½, ½) / (p^x · (1−p)^(n−x)) < 1/α },   x bad requests of n, 0 < α < 1
 *
 * The mixture of the likelihood by Jeffreys' prior, against each p: a test martingale in n, for that p. For people to
 * look at; no decision is made by it. Source: Robbins, "Statistical Methods Related to the Law of the Iterated
 * Logarithm" (1970); Waudby-Smith & Ramdas (2024), section 2.
 */
export function confidenceSequence({ bad, total }: Count, alpha: number): Interval {
  if (total === 0) return { lower: 0, upper: 1 };
  const mixture = lnBeta(bad + 0.5, total - bad + 0.5) - lnBeta(0.5, 0.5);
  const isRefuted = (p: number): boolean =>
    mixture - times(bad, Math.log(p)) - times(total - bad, Math.log1p(-p)) >= -Math.log(alpha);
  const middle = bad / total;
  return { lower: edge(middle, 0, isRefuted), upper: edge(middle, 1, isRefuted) };
}

/** Between a ratio that is not refuted and the end of the scale, by halving: what lies beyond the edge is refuted. */
function edge(inside: number, end: number, isRefuted: (p: number) => boolean): number {
  if (!isRefuted(end)) return end;
  let [kept, refuted] = [inside, end];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const between = (kept + refuted) / 2;
    if (isRefuted(between)) refuted = between;
    else kept = between;
  }
  return kept;
}

/** Nothing that did not happen is weighed, even where the logarithm of its ratio is infinite. */
const times = (count: number, log: number): number => (count === 0 ? 0 : count * log);

const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b);

/** Where Stirling's series with four terms is exact to the last digits of a double. */
const STIRLING_FROM = 15;

/** ln Γ(x), x > 0, by Stirling's series (Abramowitz & Stegun 6.1.41), shifted up by Γ(x+1) = x·Γ(x). */
function lnGamma(x: number): number {
  let [z, shift] = [x, 0];
  for (; z < STIRLING_FROM; z += 1) shift += Math.log(z);
  const [r, s] = [1 / z, 1 / (z * z)];
  const series = r * (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s / 1680)));
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
