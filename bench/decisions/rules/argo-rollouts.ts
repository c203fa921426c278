import type { Look } from '../release.ts';
import type { World } from '../worlds.ts';
import type { Decision, Ending, Rule } from './rule.ts';

/** The analysis fails when more measurements fail. The default is 0. */
const FAILURE_LIMIT = 3;
/** The default. */
const CONSECUTIVE_ERROR_LIMIT = 4;
/** A measurement in error is repeated every 10 s, whatever the interval. */
const ERRORS_OF_A_LOOK = 3;

/**
 * Argo Rollouts 1.10, an analysis in the background: `successCondition: result[0] >= target` on the success rate in
 * the window of each look. NaN, of a window without requests, is a failure; no data is an error.
 */
export class ArgoRollouts implements Rule {
  readonly #target: number;
  #failed = 0;
  #errors = 0;

  constructor({ budget }: World) {
    this.#target = 1 - budget;
  }

  begin(): void {
    this.#failed = this.#errors = 0;
  }

  look(look: Look): Decision {
    if (look.blind > 1) this.#errors += ERRORS_OF_A_LOOK;
    else if (look.scraped) this.#measure(look);
    return this.#failed > FAILURE_LIMIT || this.#errors > CONSECUTIVE_ERROR_LIMIT ? 'RolledBack' : 'Going';
  }

  end(): Ending {
    return 'Promoted';
  }

  #measure({ bad, total }: Look): void {
    this.#errors = 0;
    if (!((total - bad) / total >= this.#target)) this.#failed += 1;
  }
}
