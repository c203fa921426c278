import { LOOKS_BEFORE, LOOKS_OF_A_STEP, type Look, type Release } from '../release.ts';
import type { World } from '../worlds.ts';
import type { Decision, Ending, Rule } from './rule.ts';

const BURN = 14.4;
const LONG = 120;
const SHORT = 10;
const MAX_STEPS = 3;

/**
 * The fast page of the Google SRE Workbook, chapter 5: the whole service, candidate and stable together, burns its
 * budget more than 14.4 times too fast both in the last hour and in the last 5 minutes.
 */
export class BurnRateAlert implements Rule {
  readonly #limit: number;
  /** Sums up to each look since six hours before the release. */
  readonly #bad = new Float64Array(1 + LOOKS_BEFORE + MAX_STEPS * LOOKS_OF_A_STEP);
  readonly #total = new Float64Array(this.#bad.length);
  #seen = 0;

  constructor({ budget }: World) {
    this.#limit = BURN * budget;
  }

  begin({ stableBefore }: Release): void {
    this.#seen = 0;
    for (const { bad, total } of stableBefore) this.#add(bad, total);
  }

  look(look: Look): Decision {
    this.#add(look.bad + look.stableBad, look.total + look.stableTotal);
    return this.#burns(SHORT) && this.#burns(LONG) ? 'RolledBack' : 'Going';
  }

  end(): Ending {
    return 'Promoted';
  }

  #add(bad: number, total: number): void {
    const seen = this.#seen;
    this.#bad[seen + 1] = (this.#bad[seen] ?? 0) + bad;
    this.#total[seen + 1] = (this.#total[seen] ?? 0) + total;
    this.#seen = seen + 1;
  }

  #burns(window: number): boolean {
    return since(this.#bad, this.#seen, window) > this.#limit * since(this.#total, this.#seen, window);
  }
}

const since = (sums: Float64Array, now: number, window: number): number =>
  (sums[now] ?? 0) - (sums[now - window] ?? 0);
