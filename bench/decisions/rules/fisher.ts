import type { Look } from '../release.ts';
import { fisherExact } from '../statistics.ts';
import type { Decision, Ending, Rule } from './rule.ts';

const SIGNIFICANCE = 0.01;

/** One look, when all steps are over: Fisher's exact test on both sides, one-sided. It does not know the budget. */
export class Fisher implements Rule {
  #bad = 0;
  #total = 0;
  #stableBad = 0;
  #stableTotal = 0;

  begin(): void {
    this.#bad = this.#total = this.#stableBad = this.#stableTotal = 0;
  }

  look(look: Look): Decision {
    this.#bad += look.bad;
    this.#total += look.total;
    this.#stableBad += look.stableBad;
    this.#stableTotal += look.stableTotal;
    return 'Going';
  }

  end(): Ending {
    const chance = fisherExact(this.#bad, this.#total, this.#stableBad, this.#stableTotal);
    return chance <= SIGNIFICANCE ? 'RolledBack' : 'Promoted';
  }
}
