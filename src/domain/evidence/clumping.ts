import type { Count } from './count.ts';

/** How bad requests come: one by one, or in clumps that have one cause. */
export interface Clumping {
  /** Variance of their counts by the mean, at least 1: 1 where they come one by one. */
  readonly dispersion: number;
  /** As many as come at one look are counted as one, at least 1: no fewer than a clump is likely to have. */
  readonly clump: number;
}

/** More would take all power from the tests; what is beyond it is no noise but several states of a service. */
const MAX_DISPERSION = 100;

/** A fifth of a large clump, as if it had been seen; less where more bad requests than these were acceptable. */
const PRIOR = { clump: 9, weight: 0.2, acceptable: 150 };

/** How much of the dispersion beyond 1 is taken to be the size of a large clump. Measured: `bench -- decisions`. */
const LARGE = 0.8;

const bounded = (dispersion: number): number => Math.min(MAX_DISPERSION, Math.max(1, dispersion));

/**
 * Estimates from consecutive slices, oldest first, each about as long as the time between two looks.
 *
 *     φ = Σ (y − θ·(x+y))² / Σ θ·(1−θ)·(x+y),   θ = n_y/(n_x+n_y)
 *
 * over neighbouring slices with x bad of n_x and y bad of n_y: where bad requests come one by one, y of the x+y is
 * binomial, and the quotient is 1. Neighbours rather than all slices, so that a ratio that moves slowly, or an outage
 * of some minutes, is not taken for clumps. For the size of a clump the estimate errs on the side of large ones: what
 * few clumps were seen have not shown is presumed. `acceptable` is the bad ratio that is no reason to roll back, from 0.
 *
 * Sources: the quasi-likelihood's Pearson estimate (McCullagh & Nelder 1989, ch. 9), with von Neumann's successive
 * differences (1941).
 */
export function clumpingOf(slices: readonly Count[], acceptable: number): Clumping {
  const { squares, expected, bad, total } = differences(slices);
  const presumed = 1 + (PRIOR.clump - 1) * Math.min(1, PRIOR.acceptable / (total * acceptable));
  const dispersion = bounded((squares + 0.5) / (expected + 0.5));
  const cautious = bounded((squares + PRIOR.weight * presumed) / (expected + PRIOR.weight));
  const seen = 1 + bad / dispersion;
  return { dispersion, clump: 1 + LARGE * (cautious - 1) * (1 + 0.5 / Math.sqrt(seen)) };
}

/** Where it is not known how bad requests come. */
export const PRESUMED_CLUMPING: Clumping = clumpingOf([], 1);

/** Bad requests of a clump in the mean, at least 1: (φ+1)/2 for geometric sizes; less makes up for what counts twice. */
export const meanClump = ({ dispersion }: Pick<Clumping, 'dispersion'>): number =>
  Math.max(1, dispersion / 2);

/** A size that hardly any clump has, at least 1: counts that are thinned by it are as good as independent. */
export const rareClump = ({ clump }: Pick<Clumping, 'clump'>): number => 1 + RARE * (clump - 1);

const RARE = 2;

/** Clumps in the bad requests that are new at one look: one at least where there are any, however many they are. */
export function newClumps(newBad: number, { clump }: Pick<Clumping, 'clump'>): number {
  return isNews(newBad) ? Math.max(1, newBad / clump) : 0;
}

/** Extrapolation lets a count grow a little although nothing has happened. */
export const isNews = (newBad: number): boolean => newBad >= 0.5;

function differences(slices: readonly Count[]) {
  let [squares, expected, bad, total] = [0, 0, 0, 0];
  let earlier: Count | undefined;
  for (const later of slices) {
    if (later.total === 0) continue;
    if (earlier) {
      const share = later.total / (earlier.total + later.total);
      const both = earlier.bad + later.bad;
      squares += (later.bad - share * both) ** 2;
      expected += share * (1 - share) * both;
      bad += later.bad;
      total += later.total;
    }
    earlier = later;
  }
  return { squares, expected, bad, total };
}
