import { Random } from './random.ts';
import type { World } from './worlds.ts';

export const LOOK_SECONDS = 30;
export const LOOKS_OF_A_STEP = 20;
/** The six hours before the release. */
export const LOOKS_BEFORE = 720;
const LOOKS_OF_A_DAY = 86_400 / LOOK_SECONDS;
const LADDERS = [[5, 25, 50], [10, 25, 50], [20]] as const;
const MAX_RATE = 1000;
const MISSED_SCRAPES = 0.1;
const looks = (minutes: number): number => (minutes * 60) / LOOK_SECONDS;

/** What Prometheus has to show at one look. One object is filled again and again. */
export class Look {
  /** Looks since the release began; the first is 0. */
  index = 0;
  /** The duration of the step is over, so it may pass; `last` when no step comes after it. */
  due = false;
  last = false;
  /** Counts since the look before. */
  bad = 0;
  total = 0;
  stableBad = 0;
  stableTotal = 0;
  /** Clusters in which the bad requests of a side came; as many as these where each comes alone. */
  clusters = 0;
  stableClusters = 0;
  /** Whether the candidate was scraped; otherwise its counts come with a later look. */
  scraped = true;
  /** Looks in a row, with this one, at which nothing was scraped at all; 0 where there is data. */
  blind = 0;
  /** A dependency failed in the time since the look before. */
  outage = false;
}

/** What was counted and not scraped yet, and what the candidate has served in truth. */
export class Lane {
  bad = 0;
  total = 0;
  stableBad = 0;
  stableTotal = 0;
  clusters = 0;
  stableClusters = 0;
  blind = 0;
  /** Bad requests that the candidate has answered. */
  served = 0;

  /** What is not scraped when a step ends lies in no window of a query. */
  dropPending(): void {
    this.bad = this.total = this.clusters = 0;
    this.stableBad = this.stableTotal = this.stableClusters = 0;
  }
}

/** Requests between two looks. */
interface Slice {
  readonly bad: number;
  readonly total: number;
}

interface Span {
  /** In looks since the release began; need not be whole. */
  readonly from: number;
  readonly to: number;
}

interface Reset {
  readonly look: number;
  readonly side: 'candidate' | 'stable';
  /** Share of the look's counts that was not scraped before the pod was gone. */
  readonly lost: number;
}

/** One release: all that is random about it but the requests themselves. */
export class Release {
  readonly world: World;
  readonly weights: readonly number[];
  /** For those who look more often than there are looks: what others see does not depend on it. */
  readonly within: Random;
  /** Counts of stable between the looks of the hours before, oldest first: how its bad requests come. */
  readonly stableBefore: readonly Slice[];
  readonly #rate: number;
  readonly #phase: number;
  readonly #outage: Span & { readonly ratio: number };
  readonly #blind: readonly Span[];
  readonly #resets: readonly Reset[];

  constructor(world: World, random: Random, within = new Random()) {
    this.world = world;
    this.within = within;
    this.weights = LADDERS[random.index(LADDERS.length)] ?? LADDERS[0];
    const planned = this.weights.length * LOOKS_OF_A_STEP;
    const from = random.between(0, planned);
    this.#rate = Math.exp(random.between(0, Math.log(MAX_RATE)));
    this.#phase = random.uniform();
    this.#outage = { from, to: from + looks(random.between(2, 10)), ratio: random.between(0.05, 1) };
    this.#blind = world.condition === 'gaps' ? blindSpans(planned, random) : [];
    this.#resets = world.condition === 'resets' ? podRestarts(planned, random) : [];
    this.stableBefore = this.#before(random);
  }

  #before(random: Random): readonly Slice[] {
    const [look, lane] = [new Look(), new Lane()];
    const slices: Slice[] = [];
    for (let index = -LOOKS_BEFORE; index < 0; index += 1) {
      this.sample(look, lane, index, 0, random);
      slices.push({ bad: look.stableBad, total: look.stableTotal });
    }
    return slices;
  }

  /**
   * Fills in the counts of the look that ends the interval `index`, `weight` percent of them on the candidate.
   * Requests arrive as a Poisson process, so those of either side, good and bad, are independent of each other.
   */
  sample(look: Look, lane: Lane, index: number, weight: number, random: Random): void {
    const { world } = this;
    const requests = this.#requests(index);
    const failing = this.#failing(index);
    const candidate = world.candidate + failing * (1 - world.candidate);
    const stable = world.stable + failing * (1 - world.stable);
    const onCandidate = (requests * weight) / 100;
    const lost = this.#lost(index, 'candidate');
    const clusters = random.poisson(((1 - lost) * onCandidate * candidate) / world.clusterSize);
    const bad = random.members(clusters, world.clusterSize);
    lane.clusters += clusters;
    lane.bad += bad;
    lane.total += bad + random.poisson((1 - lost) * onCandidate * (1 - candidate));
    lane.served += bad + this.#bad(lost * onCandidate * candidate, random);
    const onStable = (requests - onCandidate) * (1 - this.#lost(index, 'stable'));
    const stableClusters = random.poisson((onStable * stable) / world.clusterSize);
    const stableBad = random.members(stableClusters, world.clusterSize);
    lane.stableClusters += stableClusters;
    lane.stableBad += stableBad;
    lane.stableTotal += stableBad + random.poisson(onStable * (1 - stable));
    look.index = index;
    look.outage = failing > 0;
    this.#scrape(look, lane, random);
  }

  #bad(mean: number, random: Random): number {
    return random.members(random.poisson(mean / this.world.clusterSize), this.world.clusterSize);
  }

  /** Expected requests of both sides. */
  #requests(index: number): number {
    const even = this.#rate * LOOK_SECONDS;
    if (this.world.condition !== 'wave') return even;
    return even * (1 + 0.6 * Math.sin(2 * Math.PI * (index / LOOKS_OF_A_DAY + this.#phase)));
  }

  /** Share of the requests that the dependency fails. */
  #failing(index: number): number {
    if (this.world.condition !== 'outage') return 0;
    const { from, to, ratio } = this.#outage;
    return ratio * Math.max(0, Math.min(to, index + 1) - Math.max(from, index));
  }

  #lost(index: number, side: Reset['side']): number {
    for (const reset of this.#resets) if (reset.look === index && reset.side === side) return reset.lost;
    return 0;
  }

  #scrape(look: Look, lane: Lane, random: Random): void {
    const gaps = this.world.condition === 'gaps';
    const blind = this.#blind.some(({ from, to }) => look.index >= from && look.index < to);
    lane.blind = blind ? lane.blind + 1 : 0;
    look.blind = lane.blind;
    look.scraped = !blind && !(gaps && random.uniform() < MISSED_SCRAPES);
    look.bad = look.scraped ? lane.bad : 0;
    look.total = look.scraped ? lane.total : 0;
    look.clusters = look.scraped ? lane.clusters : 0;
    if (look.scraped) lane.bad = lane.total = lane.clusters = 0;
    const stableScraped = !blind && !(gaps && random.uniform() < MISSED_SCRAPES);
    look.stableBad = stableScraped ? lane.stableBad : 0;
    look.stableTotal = stableScraped ? lane.stableTotal : 0;
    look.stableClusters = stableScraped ? lane.stableClusters : 0;
    if (stableScraped) lane.stableBad = lane.stableTotal = lane.stableClusters = 0;
  }
}

const blindSpans = (planned: number, random: Random): readonly Span[] =>
  Array.from({ length: 1 + random.index(2) }, () => {
    const from = random.index(planned);
    return { from, to: from + looks(random.between(3, 6)) };
  });

const podRestarts = (planned: number, random: Random): readonly Reset[] =>
  Array.from({ length: 1 + random.index(3) }, () => ({
    look: random.index(planned),
    side: random.uniform() < 0.5 ? 'candidate' : 'stable',
    lost: random.uniform(),
  }));
