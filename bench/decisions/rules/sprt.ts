import type { Look } from '../release.ts';
import { CLASSES, MAX_BAD_RATIO, type World } from '../worlds.ts';
import type { Decision, Ending, Rule } from './rule.ts';

const ALPHA = 0.01;
const BETA = 0.01;
const UPPER = Math.log((1 - BETA) / ALPHA);
const LOWER = Math.log(BETA / (1 - ALPHA));

/**
 * Wald's sequential probability ratio test told the truth, which no rule can know: the budget against the bad ratio
 * that the candidate has, or 14.4 times the budget where it is good. It counts clusters, whose mean size it knows,
 * and leaves out what was counted while the dependency failed. Nothing with its errors decides sooner on average
 * (Wald & Wolfowitz 1948).
 */
export class Sprt implements Rule {
  readonly #ofBad: number;
  readonly #ofGood: number;
  #logRatio = 0;

  constructor({ budget, candidate, good, clusterSize }: World) {
    const assumed = good ? Math.min(MAX_BAD_RATIO, CLASSES['14.4x'] * budget) : candidate;
    const [q0, q1] = [clusterRatio(budget, clusterSize), clusterRatio(assumed, clusterSize)];
    this.#ofBad = Math.log(q1 / q0);
    this.#ofGood = Math.log((1 - q1) / (1 - q0));
  }

  begin(): void {
    this.#logRatio = 0;
  }

  look(look: Look): Decision {
    if (look.outage) return 'Going';
    this.#logRatio += look.clusters * this.#ofBad + (look.total - look.bad) * this.#ofGood;
    if (this.#logRatio >= UPPER) return 'RolledBack';
    return this.#logRatio <= LOWER ? 'Promoted' : 'Going';
  }

  end(): Ending {
    return 'Undecided';
  }
}

/** Share of clusters among clusters and good requests. */
const clusterRatio = (badRatio: number, size: number): number =>
  badRatio / size / (1 - badRatio + badRatio / size);
