/** Bad ratio of the candidate as a multiple of the error budget 1 − target. */
export const CLASSES = {
  'at-budget': 1,
  'tenth-of-budget': 0.1,
  '2x': 2,
  '5x': 5,
  '14.4x': 14.4,
  '100x': 100,
} as const;

/**
 * What goes on around the release.
 *
 *     calm     constant traffic
 *     wave     the rate swings by 60 % over a day; the release starts at any hour
 *     outage   a dependency fails for 2 to 10 minutes; both sides answer 5 to 100 % bad
 *     bursts   bad requests come in clusters of 8 on average, of geometric sizes, on each side for itself
 *     gaps     one scrape in ten is missed by either side; once or twice there is none at all for 3 to 6 minutes
 *     resets   one to three pods restart, and increase() loses what their side counted since the last scrape
 */
export const CONDITIONS = ['calm', 'wave', 'outage', 'bursts', 'gaps', 'resets'] as const;

export const TARGETS = [99, 99.9, 99.99] as const;

export type ReleaseClass = keyof typeof CLASSES;
export type Condition = (typeof CONDITIONS)[number];

export interface World {
  /** Like `14.4x/bursts/99.9`. */
  readonly name: string;
  /** Position among all worlds, which its random numbers are seeded with. */
  readonly index: number;
  readonly class: ReleaseClass;
  readonly condition: Condition;
  /** True where a roll-back is wrong; otherwise a promotion is. */
  readonly good: boolean;
  /** Share of bad requests that the objective allows. */
  readonly budget: number;
  /** Share of bad requests of either side. */
  readonly candidate: number;
  readonly stable: number;
  /** Bad requests that come together, on average. */
  readonly clusterSize: number;
}

/** Even the worst candidate answers one request in a hundred well. */
export const MAX_BAD_RATIO = 0.99;

export const WORLDS: readonly World[] = (Object.keys(CLASSES) as ReleaseClass[])
  .flatMap((releaseClass) =>
    CONDITIONS.flatMap((condition) => TARGETS.map((target) => ({ class: releaseClass, condition, target }))),
  )
  .map(({ target, ...world }, index) => {
    const budget = Number(((100 - target) / 100).toFixed(6));
    return {
      ...world,
      name: `${world.class}/${world.condition}/${target}`,
      index,
      good: CLASSES[world.class] <= 1,
      budget,
      candidate: Math.min(MAX_BAD_RATIO, CLASSES[world.class] * budget),
      stable: stableBurn(world) * budget,
      clusterSize: world.condition === 'bursts' ? 8 : 1,
    };
  });

/**
 * Stable burns a tenth of its budget. A candidate that is worse than that and within budget is good, but after an
 * outage that used up the budget it may be rolled back with good reason, so there the two are equal.
 */
function stableBurn(world: Pick<World, 'class' | 'condition'>): number {
  return world.class === 'at-budget' && world.condition === 'outage' ? 1 : 0.1;
}
