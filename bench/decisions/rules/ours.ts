import type { Totals } from '../../../src/api/artifact-release-status.ts';
import { type Assessment, evaluate } from '../../../src/domain/evaluate.ts';
import { LOOK_SECONDS, type Look } from '../release.ts';
import type { World } from '../worlds.ts';
import type { Decision, Ending, Rule } from './rule.ts';

/** maxHold: 30 minutes. */
const MAX_HOLD_LOOKS = 60;
const CONFIDENCE = 0.99;
const LOG_THRESHOLD = -Math.log1p(-CONFIDENCE);

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** `evaluate()` of this project with its defaults, and what a canary step does with the verdict. */
export class Ours implements Rule {
  readonly #policy: { readonly target: number; readonly maxBurnRate: 1; readonly confidence: number };
  readonly #budget: number;
  readonly #dispersion = 1;
  #requestsNeeded = 0;
  #steps: Totals[] = [];
  #current: Writable<Totals> = empty();
  /** Of the candidate in all steps. */
  #bad = 0;
  #total = 0;
  #holdsSince: number | undefined;

  constructor({ budget }: World) {
    this.#policy = { target: 1 - budget, maxBurnRate: 1, confidence: CONFIDENCE };
    this.#budget = budget;
  }

  begin(): void {
    this.#steps = [];
    this.#current = empty();
    this.#bad = this.#total = 0;
    this.#holdsSince = undefined;
    this.#requestsNeeded = this.#evaluate().requestsNeeded;
  }

  look(look: Look): Decision {
    const { verdict, reason } = look.blind > 0 ? UNKNOWN : this.#judge(look);
    if (verdict === 'RollBack') return 'RolledBack';
    const holds = verdict === 'Unknown' || reason === 'ServiceBurning' || (look.due && verdict !== 'Pass');
    if (holds) return this.#hold(look);
    this.#holdsSince = undefined;
    if (!look.due) return 'Going';
    this.#steps.push(this.#current);
    this.#current = empty();
    return look.last ? 'Promoted' : 'Going';
  }

  end(): Ending {
    return 'Undecided';
  }

  #hold(look: Look): Decision {
    this.#holdsSince ??= look.index;
    if (look.index - this.#holdsSince >= MAX_HOLD_LOOKS) return 'Undecided';
    return look.due ? 'Holding' : 'Going';
  }

  #judge(look: Look): Pick<Assessment, 'verdict' | 'reason'> {
    const current = this.#current;
    current.bad += look.bad;
    current.total += look.total;
    current.stableBad += look.stableBad;
    current.stableTotal += look.stableTotal;
    current.seconds += LOOK_SECONDS;
    this.#bad += look.bad;
    this.#total += look.total;
    const mayPass = look.due && this.#total >= this.#requestsNeeded;
    return mayPass || this.#mayBurn() ? this.#evaluate() : WAITING;
  }

  #evaluate(): Assessment {
    return evaluate({
      ...this.#policy,
      steps: this.#steps,
      current: this.#current,
      comparison: 'concurrent',
      dispersion: this.#dispersion,
      measure: 'requests',
    });
  }

  /**
   * Whether the budget test may have reached what a roll-back needs, for a fiftieth of the time of `evaluate()`. A
   * mean over alternatives is at most the likelihood ratio of the best of all, which is that of the observed ratio.
   * Where even that is too little, the verdict is neither RollBack nor ServiceBurning.
   */
  #mayBurn(): boolean {
    const bad = Math.min(this.#bad, this.#total);
    const good = this.#total - bad;
    const expected = this.#total * this.#budget;
    if (bad <= expected) return false;
    const ofGood = good > 0 ? good * Math.log(good / (this.#total - expected)) : 0;
    return bad * Math.log(bad / expected) + ofGood >= LOG_THRESHOLD * (1 - 1e-9);
  }
}

const UNKNOWN = { verdict: 'Unknown', reason: 'NoData' } as const;
const WAITING = { verdict: 'Hold', reason: 'Inconclusive' } as const;

const empty = (): Writable<Totals> => ({ bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 });
