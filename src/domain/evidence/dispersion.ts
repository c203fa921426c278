import type { Count } from './count.ts';

/** Fewer pairs of slices say nothing about how bad requests come. */
const MIN_PAIRS = 10;

/** More would take all power from the tests; what is beyond it is no noise but several states of a service. */
export const MAX_DISPERSION = 100;

/**
 * How many bad requests come at once: the variance of their counts by their mean, 1 where they come one by one, at
 * most `MAX_DISPERSION`. `slices` are consecutive, oldest first.
 *
 *     φ = Σ (y − θ·(x+y))² / Σ θ·(1−θ)·(x+y),   θ = n_y/(n_x+n_y)
 *
 * over neighbouring slices with x bad of n_x and y bad of n_y: where bad requests come one by one, y of the x+y is
 * binomial, and the quotient is 1. Neighbours rather than all of them, so that a
 * ratio that moves slowly, or an outage of some minutes, is not taken for clumps. Source: the quasi-likelihood's
 * Pearson estimate (McCullagh & Nelder 1989, ch. 9), with von Neumann's successive differences (1941).
 */
export function dispersionOf(slices: readonly Count[]): number {
  const counted = slices.filter(({ total }) => total > 0);
  let [squares, expected] = [0, 0];
  for (const [index, later] of counted.slice(1).entries()) {
    const earlier = counted[index];
    if (!earlier) continue;
    const share = later.total / (earlier.total + later.total);
    const all = earlier.bad + later.bad;
    squares += (later.bad - share * all) ** 2;
    expected += share * (1 - share) * all;
  }
  if (counted.length <= MIN_PAIRS || expected === 0) return 1;
  return Math.min(MAX_DISPERSION, Math.max(1, squares / expected));
}
