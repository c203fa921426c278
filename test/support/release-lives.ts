import fc from 'fast-check';
import { it } from 'vitest';
import { complaining } from './broken-rule.ts';
import { type Happening, THE_ONE_IN_QUESTION } from './happenings.ts';
import { anyStory } from './release-stories.ts';
import { World } from './simulated-world.ts';
import type { Watcher } from './watcher.ts';
import type { WorldOptions } from './world-setup.ts';

/** How many lives of a release each rule sees; more with FC_RUNS=2000. */
export const RUNS = Number(process.env.FC_RUNS ?? 60);

/** A release with a candidate on its way, for that is what most of the rules are about; then its life. */
export async function live(
  setup: WorldOptions,
  world: World,
  happenings: readonly Happening[],
): Promise<World> {
  await world.runFor(30_000);
  await world.happen({ kind: 'git', digest: setup.seasoned ? 2 : 1 });
  for (const happening of happenings) await world.happen(happening);
  return world;
}

/** A person who approves whatever waits for approval. */
export async function approveUntilQuiet(world: World, milliseconds: number): Promise<void> {
  for (const end = world.cluster.now + milliseconds; world.cluster.now < end; ) {
    if (world.status?.phase === 'Paused') {
      await world.happen({ kind: 'order', command: 'approve', digest: THE_ONE_IN_QUESTION });
    }
    if (await world.runUntilQuiet(60_000)) {
      if (world.status?.phase !== 'Paused') return;
    }
  }
}

/** Of every life of a release, watched from its beginning; at its end, something more may be asked. */
export function holds(name: string, watch: () => Watcher, end?: (world: World) => Promise<void>): void {
  it(name, async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async ({ setup, happenings }) => {
        const world = await live(setup, new World([watch()], setup), happenings);
        await end?.(world);
      }),
      { numRuns: RUNS },
    );
  });
}

/**
 * Several rules in the same lives, twice as many as each would have by itself: it is the life that takes time, not who
 * watches it.
 */
export function allHold(about: string, rules: Readonly<Record<string, () => Watcher>>): void {
  it(`${about}: ${Object.keys(rules).join('; ')}`, async () => {
    const watchers = () => Object.entries(rules).map(([name, watch]) => named(name, watch()));
    await fc.assert(
      fc.asyncProperty(anyStory, async ({ setup, happenings }) => {
        await live(setup, new World(watchers(), setup), happenings);
      }),
      { numRuns: 2 * RUNS },
    );
  });
}

/** The same watcher, whose complaints begin with the name of the rule. */
function named(name: string, watcher: Watcher): Watcher {
  return new Proxy(watcher, {
    get: (target, key: keyof Watcher) => {
      const watch = target[key] as ((...seen: unknown[]) => void) | undefined;
      return watch && ((...seen: unknown[]) => complaining(name, () => watch.apply(target, seen)));
    },
  });
}
