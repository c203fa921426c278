import { Random } from './random.ts';
import { Lane, LOOKS_OF_A_STEP, Look, Release } from './release.ts';
import { RULES, type RuleName, rulesFor } from './rules/all.ts';
import { ENDINGS, type Ending, type Rule } from './rules/rule.ts';
import type { World } from './worlds.ts';

/** How releases ended for one rule, by their position: an index of ENDINGS, and bad requests served until then. */
export interface Endings {
  readonly ending: Uint8Array;
  readonly bad: Float64Array;
}

export type EndingsOfRules = Readonly<Record<RuleName, Endings>>;

export const endingsOf = (releases: number): EndingsOfRules =>
  forEachRule(() => ({ ending: new Uint8Array(releases), bad: new Float64Array(releases) }));

export const forEachRule = <T>(make: (rule: RuleName) => T): Readonly<Record<RuleName, T>> =>
  Object.fromEntries(RULES.map((rule) => [rule, make(rule)])) as Record<RuleName, T>;

/** The streams of random numbers of one release. */
const STREAM = { plan: 0, schedule: 1, hold: 2, within: 3 } as const;

/** The releases `from` to `to` − 1 of a world, judged by every rule. The same whoever runs them, in any order. */
export function simulate(world: World, from: number, to: number): EndingsOfRules {
  const endings = endingsOf(to - from);
  const rules = rulesFor(world);
  const judges = RULES.map((name) => new Judge(name, rules[name], endings[name]));
  const [random, within] = [new Random(), new Random()];
  for (let at = 0; at < to - from; at += 1) {
    within.seed(world.index, from + at, STREAM.within);
    const release = new Release(world, random.seed(world.index, from + at, STREAM.plan), within);
    for (const judge of judges) judge.begin(release, at);
    const run = new Run(release, random);
    random.seed(world.index, from + at, STREAM.schedule);
    const held = run.schedule(judges);
    if (!held) continue;
    random.seed(world.index, from + at, STREAM.hold);
    run.hold(judges, held);
  }
  return endings;
}

/** One rule and where it stands with one release. */
class Judge {
  readonly isOurs: boolean;
  /** Goes on with ours beyond the schedule, since it may decide at any look. */
  readonly goesOn: boolean;
  readonly #rule: Rule;
  readonly #endings: Endings;
  #at = 0;
  decided = false;

  constructor(name: RuleName, rule: Rule, endings: Endings) {
    this.isOurs = name === 'ours';
    this.goesOn = name === 'ours' || name === 'sprt';
    this.#rule = rule;
    this.#endings = endings;
  }

  begin(release: Release, at: number): void {
    this.#at = at;
    this.decided = false;
    this.#rule.begin(release);
  }

  /** Whether the step has to go on. */
  look(look: Look, lane: Lane): boolean {
    const decision = this.#rule.look(look);
    if (decision === 'Holding') return true;
    if (decision !== 'Going') this.#decide(decision, lane);
    return false;
  }

  end(lane: Lane): void {
    if (!this.decided) this.#decide(this.#rule.end(), lane);
  }

  #decide(ending: Ending, { served }: Lane): void {
    this.decided = true;
    this.#endings.ending[this.#at] = ENDINGS.indexOf(ending);
    this.#endings.bad[this.#at] = served - (this.#rule.spared ?? 0);
  }
}

/** Where ours left the schedule of the others, because a step did not pass when it was due. */
interface Held {
  readonly step: number;
  readonly index: number;
  readonly lane: Lane;
}

class Run {
  readonly #release: Release;
  readonly #random: Random;
  readonly #look = new Look();

  constructor(release: Release, random: Random) {
    this.#release = release;
    this.#random = random;
  }

  /** Steps of ten minutes each. Those that go on stop where ours holds; all others end here. */
  schedule(judges: readonly Judge[]): Held | undefined {
    const lane = new Lane();
    let held: Held | undefined;
    for (const [step, weight] of this.#release.weights.entries()) {
      for (let ofStep = 0; ofStep < LOOKS_OF_A_STEP; ofStep += 1) {
        const index = step * LOOKS_OF_A_STEP + ofStep;
        this.#sample(lane, index, weight, step, ofStep);
        let holds = false;
        for (const judge of judges)
          if (!judge.decided && !(held && judge.goesOn) && judge.look(this.#look, lane)) holds = true;
        if (holds) held = { step, index, lane: Object.assign(new Lane(), lane) };
      }
      lane.dropPending();
    }
    for (const judge of judges) if (!(held && judge.goesOn)) judge.end(lane);
    return held;
  }

  /** The rest of the release for ours, which keeps a step until it passes, and for what goes on with it. */
  hold(judges: readonly Judge[], { step: heldStep, index: heldIndex, lane }: Held): void {
    const followers = judges.filter((judge) => judge.goesOn);
    const ours = judges.find((judge) => judge.isOurs);
    let index = heldIndex;
    let ofStep = LOOKS_OF_A_STEP;
    for (let step = heldStep; ours && !ours.decided; ) {
      index += 1;
      this.#sample(lane, index, this.#release.weights[step] ?? 0, step, ofStep);
      let holds = false;
      for (const judge of followers) if (!judge.decided && judge.look(this.#look, lane)) holds = true;
      ofStep += 1;
      if (holds || !this.#look.due) continue;
      step += 1;
      ofStep = 0;
      lane.dropPending();
    }
    for (const judge of followers) judge.end(lane);
  }

  #sample(lane: Lane, index: number, weight: number, step: number, ofStep: number): void {
    this.#look.due = ofStep + 1 >= LOOKS_OF_A_STEP;
    this.#look.last = step + 1 === this.#release.weights.length;
    this.#release.sample(this.#look, lane, index, weight, this.#random);
  }
}
