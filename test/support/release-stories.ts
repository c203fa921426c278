import fc from 'fast-check';
import { COMMANDS } from '../../src/api/artifact-release.ts';
import { BLIND, digestNumber, type Happening, THE_ONE_IN_QUESTION, TRAFFIC } from './happenings.ts';
import { AVAILABILITY, REPOSITORY } from './releases.ts';

const index = fc.integer({ min: 0, max: 3 });
const kind = <K extends Happening['kind']>(name: K): fc.Arbitrary<K> => fc.constant(name);

const steps = fc.constantFrom(
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
  [
    { weight: 5, duration: '9m', minDuration: '3m' },
    { weight: 30, duration: '6m' },
  ],
);

const protection = fc.record({
  mode: fc.constantFrom('Tags', 'Tags', 'None', 'None', 'Report'),
  requireBeforeRollout: fc.constantFrom(true, true, false),
  rollbackCandidates: fc.constantFrom(0, 1, 3),
  deletionPolicy: fc.constantFrom('Release', 'Orphan'),
});

/** One is added, one goes, one takes the place of another, and none is left. A stricter one would want more requests. */
const OBJECTIVES = [
  [AVAILABILITY],
  [AVAILABILITY, { ...AVAILABILITY, name: 'latency' }],
  [{ ...AVAILABILITY, name: 'latency', timeWindow: '1d' }],
  [],
];

/** What time, Git, people, the registry, Prometheus and the cluster do. */
const OUTSIDE: fc.WeightedArbitrary<Happening>[] = [
  { weight: 14, arbitrary: fc.record({ kind: kind('time'), seconds: fc.integer({ min: 1, max: 240 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('measure'), as: fc.constantFrom(...TRAFFIC, ...BLIND) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'measure', as: 'good' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('budget'), is: fc.constantFrom('kept', 'kept', 'spent', 'NoData') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind('verifier'),
      digest: fc.constantFrom(THE_ONE_IN_QUESTION, THE_ONE_IN_QUESTION, THE_ONE_IN_QUESTION, 0, 1, 2),
      says: fc.constantFrom(
        'Satisfied',
        'Satisfied',
        'Refused',
        'Unknown',
        'Pending',
        'Revoked',
        'Revoked',
        'Reported',
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('registry'),
      digest: fc.constantFrom(THE_ONE_IN_QUESTION, THE_ONE_IN_QUESTION, 0, 0, 1, 2),
      does: fc.constantFrom('Protected', 'Protected', 'Pending', 'Awaited', 'Outage', 'Lost', 'Forbidden'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: kind('git'), digest: index }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'garble' } as const) },
  { weight: 2, arbitrary: fc.record({ kind: kind('suspend'), on: fc.constantFrom(false, false, true) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('drift'),
      image: fc.constantFrom(`${REPOSITORY}:latest`, `${REPOSITORY}@${digestNumber(2)}`),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({ kind: kind('spec'), steps }),
      fc.record({ kind: kind('spec'), protection }),
      fc.record({ kind: kind('spec'), targets: fc.constantFrom(['checkout'], ['checkout', 'worker']) }),
      fc.record({ kind: kind('spec'), objectives: fc.constantFrom(...OBJECTIVES) }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('template'), version: index }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('scale'), replicas: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('rollouts'), paused: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('elder'), does: fc.constantFrom('claim', 'pin', 'go', 'go') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('squat'), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('pods'), digest: index, broken: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind('order'),
      command: fc.constantFrom(...COMMANDS),
      digest: fc.constantFrom(THE_ONE_IN_QUESTION, THE_ONE_IN_QUESTION, 0, 1, 2),
    }),
  },
];

/** What happens to the operator itself. */
const INSIDE: fc.WeightedArbitrary<Happening>[] = [
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('pass'),
      release: fc.integer({ min: 0, max: 2 }),
      workload: fc.integer({ min: 0, max: 2 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('crash'),
      inWrites: fc.integer({ min: 0, max: 4 }),
      after: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('stall'), inWrites: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'resume' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('refuse'),
      effect: fc.constantFrom(undefined, undefined, 'PinWorkload', 'ApplyCanary', 'DeleteCanary'),
    }),
  },
];

const setup = fc.record({
  tagged: fc.boolean(),
  admission: fc.boolean(),
  seasoned: fc.boolean(),
  spec: fc.record({
    bake: fc.record({ duration: fc.constantFrom('0s', '0m30s', '4m') }),
    analysis: fc.record({
      interval: fc.constant('30s'),
      maxHold: fc.constantFrom('1m', '5m'),
      onHoldExpired: fc.constantFrom('Pause', 'Rollback'),
      serviceBurn: fc.constantFrom('Hold', 'Hold', 'Rollback', 'Ignore'),
      exhaustedBudget: fc.constantFrom('Block', 'Block', 'Block', 'Ignore'),
    }),
    // The smaller the budget, the sooner a service that fails has burned it too fast.
    objectives: fc.constantFrom([AVAILABILITY], [{ ...AVAILABILITY, timeWindow: '1d' }]),
    fix: fc.constantFrom(false, false, false, true),
    canary: fc.record({
      progressDeadline: fc.constantFrom('1m', '3m'),
      advance: fc.constantFrom('OnSchedule', 'WhenProven'),
      schedule: fc.constantFrom('Steps', 'Steps', 'Auto'),
      steps,
    }),
    protection,
  }),
});

/** By chance alone hardly a service would burn for long enough while a release is at its door, or in flight. */
const burnsFirst = fc
  .tuple(fc.nat(60), fc.integer({ min: 120, max: 300 }), index)
  .map(([before, during, digest]): readonly Happening[] => [
    { kind: 'time', seconds: before },
    { kind: 'measure', as: 'stable burns' },
    { kind: 'time', seconds: during },
    { kind: 'git', digest },
  ]);

/** A budget is asked for once in ten minutes, so it has to be spent for as long before it stops anything. */
const spentFirst = fc
  .tuple(fc.nat(60), fc.integer({ min: 600, max: 660 }), index, fc.integer({ min: 0, max: 700 }))
  .map(([before, during, digest, after]): readonly Happening[] => [
    { kind: 'time', seconds: before },
    { kind: 'budget', is: 'spent' },
    { kind: 'time', seconds: during },
    { kind: 'git', digest },
    { kind: 'time', seconds: after },
  ]);

const events = (...kinds: fc.WeightedArbitrary<Happening>[]) =>
  fc
    .tuple(
      fc.oneof(
        { weight: 5, arbitrary: fc.constant([]) },
        { weight: 2, arbitrary: burnsFirst },
        { weight: 1, arbitrary: spentFirst },
      ),
      fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 40, size: 'max' }),
    )
    .map(([first, then]) => [...first, ...then]);

/** Everything at once. */
export const anyStory = fc.record({ setup, happenings: events(...OUTSIDE, ...INSIDE) });

/** The same life of a release, once with an operator that never dies and once with one that often does. */
export const storyWithCrashes = fc.record({
  setup,
  happenings: events(...OUTSIDE),
  crashes: fc.array(
    fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('dies before' as const, 'dies after' as const)),
    { minLength: 1, maxLength: 12 },
  ),
});
