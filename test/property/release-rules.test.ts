import fc from 'fast-check';
import { describe, it } from 'vitest';
import { COMMANDS } from '../../src/api/artifact-release.ts';
import {
  onlyOwnObjects,
  onlyVerifiedRuns,
  promotedAsAnalysed,
  restsWhereItMay,
  stableUntouched,
  unknownDecidesNothing,
  weightsNeverJump,
  wellFormed,
} from '../support/release-rules.ts';
import { REPOSITORY } from '../support/releases.ts';
import {
  BLIND,
  digestNumber,
  type Happening,
  TRAFFIC,
  type Watcher,
  World,
} from '../support/simulated-world.ts';

const RUNS = Number(process.env.FC_RUNS ?? 60);

const index = fc.integer({ min: 0, max: 3 });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      release: fc.integer({ min: 0, max: 2 }),
      workload: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      inWrites: fc.integer({ min: 0, max: 4 }),
      after: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('stall' as const), inWrites: fc.integer({ min: 0, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'resume' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('measure' as const),
      as: fc.constantFrom(...TRAFFIC, ...BLIND),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('verifier' as const),
      digest: index,
      says: fc.constantFrom('Satisfied' as const, 'Refused' as const, 'Unknown' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('git' as const), digest: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const), on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('drift' as const),
      image: fc.constantFrom(`${REPOSITORY}:latest`, `${REPOSITORY}@${digestNumber(2)}`),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('template' as const), version: index }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 9 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pods' as const), digest: index, broken: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      command: fc.constantFrom(...COMMANDS),
      digest: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse' as const),
      effect: fc.constantFrom(
        undefined,
        'PinWorkload' as const,
        'ApplyCanary' as const,
        'DeleteCanary' as const,
      ),
    }),
  },
);

const options = fc.record({
  tagged: fc.boolean(),
  admission: fc.boolean(),
  spec: fc.record({
    bake: fc.record({ duration: fc.constantFrom('0s', '0m30s', '4m') }),
    analysis: fc.record({
      interval: fc.constant('30s'),
      maxHold: fc.constantFrom('1m', '5m'),
      onHoldExpired: fc.constantFrom('Pause', 'Rollback'),
    }),
    canary: fc.record({
      progressDeadline: fc.constantFrom('1m', '3m'),
      steps: fc.constantFrom(
        [
          { weight: 10, duration: '2m' },
          { weight: 50, duration: '3m' },
        ],
        [
          { weight: 1, duration: '1m' },
          { weight: 2, approval: true },
          { weight: 3, duration: '45s', approval: true },
        ],
        [{ weight: 20, duration: '90s' }],
      ),
    }),
  }),
});

/** Starts with a candidate on its way, for most of the rules are about that. */
const story = fc.tuple(options, fc.array(happening, { minLength: 1, maxLength: 40 }));

function holds(name: string, watch: () => Watcher, end?: (world: World) => Promise<void> | void): void {
  it(name, async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([given, happenings]) => {
        const world = new World([watch()], given);
        await world.runFor(30_000);
        await world.happen({ kind: 'git', digest: 1 });
        for (const one of happenings) await world.happen(one);
        await end?.(world);
      }),
      { numRuns: RUNS },
    );
  });
}

describe('whatever happens to a release', () => {
  holds('rule 1: nothing ever runs a digest that is not verified', onlyVerifiedRuns);
  holds('rule 2: stable is not touched until the candidate has passed every step', stableUntouched);
  holds('rule 3: what is promoted is what was analysed', promotedAsAnalysed);
  holds('rule 4: unknown neither promotes nor rolls back', unknownDecidesNothing);
  holds('rule 6: a weight never jumps and a clock is never set anew', weightsNeverJump);
  holds('rule 8: only images of pinned containers and own objects are written', onlyOwnObjects);
  holds('every decision is deterministic, explained and a fixpoint', wellFormed);
  holds(
    'once the faults stop, every release comes to rest',
    () => ({}),
    async (world) => {
      await world.heal();
      await world.runUntilQuiet(2 * 3600_000);
      restsWhereItMay(world);
    },
  );
});
