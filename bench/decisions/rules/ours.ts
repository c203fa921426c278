import type { Totals } from '../../../src/api/artifact-release-status.ts';
import { type Assessment, evaluate } from '../../../src/domain/evaluate.ts';
import {
  type Clumping,
  clumpingOf,
  meanClump,
  newClumps,
  PRESUMED_CLUMPING,
  rareClump,
} from '../../../src/domain/evidence/clumping.ts';
import type { Count } from '../../../src/domain/evidence/count.ts';
import { isSuspicious, QUICK_LOOKS } from '../../../src/domain/looks.ts';
import { type Part, within } from '../parts.ts';
import { Random } from '../random.ts';
import { LOOK_SECONDS, type Look, type Release } from '../release.ts';
import type { World } from '../worlds.ts';
import { RecentService } from './recent-service.ts';
import type { Decision, Ending, Rule } from './rule.ts';

/** maxHold: 30 minutes. */
const MAX_HOLD_LOOKS = 60;
const CONFIDENCE = 0.99;
const LOG_THRESHOLD = -Math.log1p(-CONFIDENCE);
const ROUNDING = 1e-6;

/** `evaluate()` of this project with its defaults, and what a canary step does with the verdict. */
export class Ours implements Rule {
  readonly #policy: { readonly target: number; readonly maxBurnRate: 1; readonly confidence: number };
  readonly #budget: number;
  #clumping: Clumping = PRESUMED_CLUMPING;
  #requestsNeeded = 0;
  #steps: Totals[] = [];
  /** Sums of the steps that are over. */
  #before: Totals = EMPTY;
  #current: Totals = EMPTY;
  /** Quick looks follow the last one. */
  #suspects = false;
  #within = new Random();
  spared = 0;
  #holdsSince: number | undefined;
  readonly #service = new RecentService();

  constructor({ budget }: World) {
    this.#policy = { target: 1 - budget, maxBurnRate: 1, confidence: CONFIDENCE };
    this.#budget = budget;
  }

  begin({ stableBefore, within: random }: Release): void {
    this.#within = random;
    this.#clumping = clumpingOf(stableBefore, this.#budget);
    this.#steps = [];
    this.#before = EMPTY;
    this.#current = EMPTY;
    this.#suspects = false;
    this.spared = 0;
    this.#holdsSince = undefined;
    this.#service.clear();
    this.#requestsNeeded = this.#evaluate().requestsNeeded;
  }

  look(look: Look): Decision {
    if (this.#suspects && this.#convictsWithin(look)) return 'RolledBack';
    this.#suspects = false;
    this.#service.add(look);
    const { verdict, reason } = look.blind > 0 ? UNKNOWN : this.#withService(this.#judge(look));
    if (verdict === 'RollBack') return 'RolledBack';
    const holds = verdict === 'Unknown' || reason === 'ServiceBurning' || (look.due && verdict !== 'Pass');
    if (holds) return this.#hold(look);
    this.#holdsSince = undefined;
    if (!look.due) return 'Going';
    this.#steps.push(this.#current);
    this.#before = sum(this.#before, this.#current);
    this.#current = EMPTY;
    this.#suspects = false;
    return look.last ? 'Promoted' : 'Going';
  }

  end(): Ending {
    return 'Undecided';
  }

  /** What burned with stable, and no worse, is over when the service keeps its objective again. */
  #withService(own: Own): Own {
    const isOver =
      own.reason === 'ServiceBurning' && own.notWorse && this.#service.badRatio() <= this.#budget;
    return isOver ? OVER : own;
  }

  #hold(look: Look): Decision {
    this.#holdsSince ??= look.index;
    if (look.index - this.#holdsSince >= MAX_HOLD_LOOKS) return 'Undecided';
    return look.due ? 'Holding' : 'Going';
  }

  #judge(look: Look): Own {
    const before = this.#current;
    this.#current = this.#with(look, LOOK_SECONDS);
    this.#suspects = isSuspicious(before, this.#current, this.#budget, LOOK_SECONDS);
    const mayPass = look.due && this.#all().total >= this.#requestsNeeded;
    return mayPass || this.#mayBurn() ? this.#evaluate() : WAITING;
  }

  /** What quick looks find is counted at the regular one, unless it rolls back. */
  #convictsWithin(look: Look): boolean {
    const before = this.#current;
    for (const part of within(look, QUICK_LOOKS, this.#within)) {
      this.#current = this.#with(part, 0);
      if (this.#mayBurn() && this.#evaluate().verdict === 'RollBack') {
        this.spared = look.bad - part.bad;
        return true;
      }
      this.#current = before;
    }
    return false;
  }

  #with({ bad, total, stableBad, stableTotal }: Part, seconds: number): Totals {
    const clumps = newClumps(bad, this.#clumping);
    return sum(this.#current, { bad, total, stableBad, stableTotal, seconds, clumps });
  }

  #all(): Totals {
    return sum(this.#before, this.#current);
  }

  /** The mean of two e-values is at most the larger one. */
  #mayBurn(): boolean {
    const { bad, clumps: count = 0, total } = this.#all();
    const clumps = { bad: count, total: Math.max(count, total / meanClump(this.#clumping)) };
    const clump = rareClump(this.#clumping);
    const all = { bad: Math.min(bad, total) / clump, total: total / clump };
    const most = Math.max(
      mostLogEvidenceAbove(clumps, this.#budget),
      mostLogEvidenceAbove(all, this.#budget),
    );
    return most >= LOG_THRESHOLD - ROUNDING;
  }

  #evaluate(): Assessment {
    return evaluate({
      ...this.#policy,
      steps: this.#steps,
      current: this.#current,
      comparison: 'concurrent',
      clumping: this.#clumping,
      measure: 'requests',
    });
  }
}

/**
 * At least `logEvidenceAbove` of the same count, for a fiftieth of the time of
 * `evaluate()`: a mean over alternatives is at most the likelihood ratio of the best of all, that of the observed
 * ratio. Where even this is less than a roll-back needs, the verdict is neither RollBack nor ServiceBurning.
 */
export function mostLogEvidenceAbove({ bad, total }: Count, p0: number): number {
  const expected = total * p0;
  if (bad <= expected) return 0;
  const good = total - bad;
  return bad * Math.log(bad / expected) + (good > 0 ? good * Math.log(good / (total - expected)) : 0);
}

type Own = Pick<Assessment, 'verdict' | 'reason' | 'notWorse'>;

const UNKNOWN = { verdict: 'Unknown', reason: 'NoData' } as const;
const WAITING: Own = { verdict: 'Hold', reason: 'Inconclusive', notWorse: false };
const OVER: Own = { verdict: 'Pass', reason: 'NotWorseThanStable', notWorse: true };

const EMPTY: Totals = { bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 };

const sum = (a: Totals, b: Totals): Totals => ({
  bad: a.bad + b.bad,
  total: a.total + b.total,
  stableBad: a.stableBad + b.stableBad,
  stableTotal: a.stableTotal + b.stableTotal,
  seconds: a.seconds + b.seconds,
  clumps: (a.clumps ?? 0) + (b.clumps ?? 0),
});
