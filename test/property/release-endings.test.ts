import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide.ts';
import { questions } from '../../src/domain/questions.ts';
import { isSameNews } from '../../src/domain/status-news.ts';
import { restsWhereItMay } from '../support/decision-rules.ts';
import { digestNumber, type Happening } from '../support/happenings.ts';
import { stableUntouched, weightsNeverJump } from '../support/promotion-rules.ts';
import { tagsAreOrphanedOnRecord } from '../support/protection-rules.ts';
import { approveUntilQuiet, holds, live, RUNS } from '../support/release-lives.ts';
import { storyWithCrashes } from '../support/release-stories.ts';
import { REPOSITORY } from '../support/releases.ts';
import { World } from '../support/simulated-world.ts';
import type { Watcher } from '../support/watcher.ts';
import { nothingIsLeft, standsBack } from '../support/workload-rules.ts';
import type { WorldOptions } from '../support/world-setup.ts';

const MINUTES = 60_000;
/** Half an hour at the door of a service that has burned, every step and hold, and a bake. */
const LONGEST_MINUTES = 120;

/** A digest that no story knows. */
const FRESH = 4;

/** What the workloads of the release run. */
const imagesOf = ({ cluster }: World): ReadonlySet<string | undefined> =>
  new Set(
    cluster
      .release('checkout')
      ?.spec.targets.map(
        ({ name }) => cluster.deployment(name)?.containers.find((c) => c.name === 'app')?.image,
      ),
  );

describe('whatever happened to a release', () => {
  holds('it stands back for an older release on its workload', standsBack, async (world) => {
    await world.heal();
    await world.happen({ kind: 'suspend', on: false });
    await world.runFor(1 * MINUTES);
    const ours = world.status?.pins?.find((pin) => pin.name === 'checkout');
    await world.happen({ kind: 'elder', does: 'claim' });
    await world.runUntilQuiet(LONGEST_MINUTES * MINUTES);
    const { pins = [], candidate, failure, history = [] } = world.status ?? {};
    expect({ candidate, failure, pins: pins.filter((pin) => pin.name === 'checkout') }).toEqual({ pins: [] });
    expect(world.cluster.deployments().filter(({ ownerUid }) => ownerUid !== undefined)).toEqual([]);
    const kept = history.filter(({ verdict }) => verdict === 'Promoted' || verdict === 'Adopted');
    // Adoption pins a tag as it is written.
    const proven = [`${REPOSITORY}:v1`, ours?.image, ...kept.map(({ digest }) => `${REPOSITORY}@${digest}`)];
    const left = world.cluster.deployment('checkout')?.containers.find(({ name }) => name === 'app')?.image;
    if (ours) expect(proven).toContain(left);
    await world.happen({ kind: 'elder', does: 'go' });
    await world.runUntilQuiet(LONGEST_MINUTES * MINUTES);
    restsWhereItMay(world);
  });

  holds(
    'once the faults stop, every release comes to rest',
    () => ({}),
    async (world) => {
      await world.heal();
      await world.runUntilQuiet(LONGEST_MINUTES * MINUTES);
      restsWhereItMay(world);
    },
  );

  holds(
    'whatever happened before, a good digest gets through, approved where that is asked for',
    () => ({}),
    async (world) => {
      await world.heal();
      await world.happen({ kind: 'suspend', on: false });
      await world.happen({ kind: 'git', digest: FRESH });
      await approveUntilQuiet(world, 90 * MINUTES);
      expect(world.status).toMatchObject({ phase: 'Healthy', stable: { digest: digestNumber(FRESH) } });
      expect(imagesOf(world)).toEqual(new Set([`${REPOSITORY}@${digestNumber(FRESH)}`]));
    },
  );

  holds(
    'whatever happened before, a digest whose pods never start is rolled back',
    () => ({}),
    async (world) => {
      await world.heal();
      await world.happen({ kind: 'suspend', on: false });
      // Without replicas there is no pod that could fail.
      await world.happen({ kind: 'scale', replicas: 4 });
      await world.happen({ kind: 'pods', digest: FRESH, broken: true });
      await world.happen({ kind: 'git', digest: FRESH });
      await world.runUntilQuiet(90 * MINUTES);
      expect(world.status).toMatchObject({
        phase: 'RolledBack',
        history: expect.arrayContaining([
          expect.objectContaining({ digest: digestNumber(FRESH), reason: 'ProgressDeadlineExceeded' }),
        ]),
      });
      expect(imagesOf(world)).not.toContain(`${REPOSITORY}@${digestNumber(FRESH)}`);
    },
  );

  holds(
    'rule 9: deleted in any phase, it leaves its workloads at stable and nothing else',
    () => ({
      wrote: (...told) => [nothingIsLeft(), tagsAreOrphanedOnRecord()].map((rule) => rule.wrote?.(...told)),
    }),
    async (world) => {
      await world.happen({ kind: 'delete' });
      await world.runFor(1 * MINUTES);
      await world.heal();
      await world.runUntilQuiet(LONGEST_MINUTES * MINUTES);
      expect(world.cluster.release('checkout')).toBeUndefined();
    },
  );

  holds(
    'rule 11: an idle release asks nothing and writes nothing',
    () => ({}),
    async (world) => {
      await world.heal();
      await world.happen({ kind: 'suspend', on: false });
      await world.runUntilQuiet(LONGEST_MINUTES * MINUTES);
      await world.happen({ kind: 'pass' });
      const release = world.cluster.release('checkout');
      if (release?.status?.phase !== 'Healthy' && release?.status?.phase !== 'RolledBack') return;
      const { counts, runningDigests } = questions(release, new Date(world.cluster.now));
      expect({ counts, runningDigests }).toEqual({ counts: undefined, runningDigests: false });
      expect(world.operator.dueAt).toBeUndefined();
      const before = [
        world.asked,
        world.cluster.history.release.length,
        world.cluster.history.workload.length,
      ];
      await world.happen({ kind: 'pass' });
      await world.runFor(60 * MINUTES);
      expect([
        world.asked,
        world.cluster.history.release.length,
        world.cluster.history.workload.length,
      ]).toEqual(before);
    },
  );
});

/** Everything about a world that a person could see when it is over, without the instants. */
const outcome = (world: World): unknown =>
  world.cluster
    .deployments()
    .map(({ name, replicas, containers, madeFrom }) => ({ name, replicas, containers, madeFrom }));

/** Nothing tells of a new answer of verifier or registry: a restart asks again, so both have to have asked before anything else. */
const heard = (happenings: readonly Happening[]): readonly Happening[] =>
  happenings.flatMap((happening): readonly Happening[] =>
    happening.kind === 'verifier' || happening.kind === 'registry'
      ? [happening, { kind: 'time', seconds: 0 }]
      : [happening],
  );

async function twins(
  setup: WorldOptions,
  story: readonly Happening[],
  crashes: readonly (readonly [number, 'dies before' | 'dies after'])[],
  watchers: readonly Watcher[] = [],
): Promise<{ undisturbed: World; crashing: World }> {
  const happenings = heard(story);
  const told: string[] = [];
  const listener: Watcher = {
    stored: ({ release, seen, now }) => {
      for (const { reason } of decide(release, seen, now).notices) told.push(reason);
    },
  };
  const undisturbed = await live(setup, new World([listener], setup), happenings);
  const posted = undisturbed.notices.map(({ reason }) => reason);
  expect(posted.filter((reason) => reason !== 'DriftCorrected')).toEqual(told);
  const crashing = new World(watchers, setup);
  for (const [write, fate] of crashes) crashing.fates.planned.set(write, fate);
  return { undisturbed, crashing: await live(setup, crashing, happenings) };
}

describe('an operator that dies between any two writes', () => {
  it('rule 5: ends where one ends that never dies', async () => {
    await fc.assert(
      fc.asyncProperty(storyWithCrashes, async ({ setup, happenings, crashes }) => {
        const { undisturbed, crashing } = await twins(setup, happenings, crashes);
        expect(outcome(crashing)).toEqual(outcome(undisturbed));
        const [a, b] = [crashing.status, undisturbed.status];
        if (a && b && !isSameNews(a, b)) expect(a).toEqual(b);
      }),
      { numRuns: RUNS },
    );
  });

  it('rule 6: never shortens a step, moves a weight or repeats a notice', async () => {
    await fc.assert(
      fc.asyncProperty(storyWithCrashes, async ({ setup, happenings, crashes }) => {
        const { undisturbed, crashing } = await twins(setup, happenings, crashes, [
          stableUntouched(),
          weightsNeverJump(),
        ]);
        const left = undisturbed.notices.map(({ message }) => message);
        for (const { message } of crashing.notices) {
          const index = left.indexOf(message);
          expect(index, message).toBeGreaterThanOrEqual(0);
          left.splice(index, 1);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
