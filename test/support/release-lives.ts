import fc from 'fast-check';
import { it } from 'vitest';
import { anyStory } from './release-stories.ts';
import { type Happening, type Watcher, World, type WorldOptions } from './simulated-world.ts';

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
