import type { Look } from '../release.ts';
import type { World } from '../worlds.ts';
import type { Decision, Ending, Rule } from './rule.ts';

/** `analysis.threshold` of the examples in its documentation; the default is 1. */
const THRESHOLD = 5;

/**
 * Flagger 1.44: the candidate's success rate in the window of each look must be at least the target. Failed checks
 * are never forgotten; the tick after the fifth rolls back. A window without requests, or without data, is a failed
 * check. Its steps are those of the others here, and a failed check does not lengthen them.
 */
export class Flagger implements Rule {
  readonly #target: number;
  #failed = 0;

  constructor({ budget }: World) {
    this.#target = 1 - budget;
  }

  begin(): void {
    this.#failed = 0;
  }

  look(look: Look): Decision {
    if (this.#failed >= THRESHOLD) return 'RolledBack';
    if (this.#fails(look)) this.#failed += 1;
    return 'Going';
  }

  end(): Ending {
    return 'Promoted';
  }

  /** A single missed scrape leaves a window of a minute with the data of the one before. */
  #fails(look: Look): boolean {
    if (look.blind > 1) return true;
    if (!look.scraped) return false;
    return !((look.total - look.bad) / look.total >= this.#target);
  }
}
