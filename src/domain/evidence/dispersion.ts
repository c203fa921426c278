import type { Count } from './count.ts';

/** More would take all power from the tests; what is beyond it is no noise but several states of a service. */
const MAX_DISPERSION = 100;

/** Seen before anything is: worth half a bad request, and such that nothing but it makes 2. */
const PRIOR = { squares: 0.75, expected: 0.5 };

/**
 * How many bad requests come at once: the variance of their counts by their mean, 1 where they come one by one, at
 * most 100. `slices` are consecutive, oldest first, each as long as the time between two looks.
 *
 *     φ = Σ (y − θ·(x+y))² / Σ θ·(1−θ)·(x+y),   θ = n_y/(n_x+n_y)
 *
 * over neighbouring slices with x bad of n_x and y bad of n_y: where bad requests come one by one, y of the x+y is
 * binomial, and the quotient is 1. Neighbours rather than all slices, so that a ratio that moves slowly, or an outage
 * of some minutes, is not taken for clumps. Where K clumps were seen, what is beyond 1 is raised by 1/√K of itself:
 * few clumps tell their size no better, and the largest are missing from them. 2 is presumed where none was seen.
 *
 * Sources: the quasi-likelihood's Pearson estimate (McCullagh & Nelder 1989, ch. 9), with von Neumann's successive
 * differences (1941).
 */
export function dispersionOf(slices: readonly Count[]): number {
  let { squares, expected } = PRIOR;
  let bad = 0;
  let earlier: Count | undefined;
  for (const later of slices) {
    if (later.total === 0) continue;
    if (earlier) {
      const share = later.total / (earlier.total + later.total);
      const both = earlier.bad + later.bad;
      squares += (later.bad - share * both) ** 2;
      expected += share * (1 - share) * both;
      bad += later.bad;
    }
    earlier = later;
  }
  const measured = Math.max(1, squares / expected);
  const clumps = 1 + bad / measured;
  return Math.min(MAX_DISPERSION, 1 + (measured - 1) * (1 + 1 / Math.sqrt(clumps)));
}

/** Where it is not known how bad requests come. */
export const PRESUMED_DISPERSION: number = dispersionOf([]);
