import {
  ANNOTATIONS,
  type ArtifactRelease,
  commandAnnotation,
  FINALIZER,
} from '../../src/api/artifact-release.ts';
import { Spec } from '../../src/api/artifact-release-spec.ts';
import type { Candidate, HistoryEntry, Pin, Status } from '../../src/api/artifact-release-status.ts';
import { milliseconds } from '../../src/domain/time.ts';
import { digestOf } from './release-manifest.ts';

export const REPOSITORY = 'registry.example.com/shop/checkout';
export const STABLE = digestOf('a');
export const CANDIDATE = digestOf('b');
export const NEXT = digestOf('c');
export const UID = 'uid-of-checkout';

export const imageOf = (digest: string): string => `${REPOSITORY}@${digest}`;

/** A spec that names stable, or the digest after the candidate. */
export const ofStable = { artifact: { repository: REPOSITORY, digest: STABLE } };
export const ofNext = { artifact: { repository: REPOSITORY, digest: NEXT } };

/** Who gave an order, as admission stamps it. */
export const alice = { annotations: { [ANNOTATIONS.requestedBy]: 'alice' } };

/** The clock of the tests: everything happens on this day, counted from noon. */
export const NOON = '2026-06-01T12:00:00.000Z';
export const at = (offset = '0s'): Date => new Date(Date.parse(NOON) + milliseconds(offset));
export const iso = (offset = '0s'): string => at(offset).toISOString();

type Changes = Record<string, unknown>;
type Failure = NonNullable<Status['failure']>;

/** A spec as a person would write it, with the defaults of the schema. */
export const aSpec = (changes: Changes = {}): Spec =>
  Spec.parse({
    artifact: { repository: REPOSITORY, digest: CANDIDATE, version: '1.42.0' },
    targets: [{ kind: 'Deployment', name: 'checkout' }],
    canary: {
      steps: [
        { weight: 10, duration: '5m' },
        { weight: 50, duration: '10m' },
      ],
    },
    bake: { duration: '1h' },
    ...changes,
  });

export const AVAILABILITY = {
  name: 'availability',
  target: '99',
  ratioMetric: { bad: { query: 'bad' }, total: { query: 'total' } },
};

/** The service before the trial, whose bad requests came one by one. */
const ALONE = {
  ...{ objective: AVAILABILITY.name, bad: 60, total: 600_000, seconds: 21_600 },
  ...{ dispersion: 1, clump: 1 },
};

export const aPin = (digest: string = STABLE, changes: Partial<Pin> = {}): Pin => ({
  kind: 'Deployment',
  name: 'checkout',
  container: 'app',
  image: imageOf(digest),
  ...changes,
});

export const aCandidate = (changes: Partial<Candidate> = {}): Candidate => ({
  digest: CANDIDATE,
  version: '1.42.0',
  attempt: 1,
  startedAt: iso(),
  step: 0,
  weight: 0,
  stageEnteredAt: iso(),
  replicas: [],
  ...changes,
});

export const anEntry = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  digest: STABLE,
  attempt: 1,
  verdict: 'Adopted',
  reason: 'Adopted',
  startedAt: iso(),
  finishedAt: iso(),
  ...changes,
});

/** Why the candidate is being rolled back, by default for what it burns. */
export const aFailure = (changes: Partial<Failure> = {}): Failure => ({
  digest: CANDIDATE,
  since: iso(),
  verdict: 'RolledBack',
  reason: 'ErrorBudgetBurn',
  message: 'burns',
  ...changes,
});

/** By default a release at rest: stable was adopted, and nothing is under trial. */
export const aStatus = (changes: Partial<Status> = {}): Status => ({
  observedGeneration: 1,
  phase: 'Healthy',
  phaseStartedAt: iso(),
  message: 'aaaaaaaa is stable; waiting for a new digest',
  stable: { digest: STABLE },
  pins: [aPin()],
  history: [anEntry()],
  summary: { stable: 'aaaaaaaa' },
  conditions: [],
  ...changes,
});

/** A candidate at a step since noon, of a service that is known. */
export const aKnownCandidate = (): Candidate =>
  aCandidate({
    weight: 10,
    stepStartedAt: iso(),
    replicas: [{ name: 'checkout', count: 1 }],
    baselines: [ALONE],
  });

export interface ReleaseChanges {
  readonly spec?: Changes;
  readonly status?: Partial<Status> | undefined;
  readonly metadata?: Partial<ArtifactRelease['metadata']>;
  /** Commands that people have left, by verb. */
  readonly orders?: Record<string, string>;
}

export function aRelease({ spec, status, metadata, orders = {} }: ReleaseChanges = {}): ArtifactRelease {
  const commands = Object.entries(orders).map(([verb, digest]) => [
    commandAnnotation(verb as Parameters<typeof commandAnnotation>[0]),
    digest,
  ]);
  return {
    metadata: {
      name: 'checkout',
      namespace: 'shop',
      uid: UID,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: NOON,
      finalizers: [FINALIZER],
      ...metadata,
      annotations: { ...metadata?.annotations, ...Object.fromEntries(commands) },
    },
    spec: aSpec(spec),
    ...(status && { status: aStatus(status) }),
  };
}

/** A release whose canary stands at a step since noon; its clock runs. */
export const onCanary = (changes: ReleaseChanges = {}): ArtifactRelease => {
  const { candidate, ...status } = changes.status ?? {};
  return aRelease({
    ...changes,
    status: {
      phase: 'Progressing',
      candidate: aCandidate({
        weight: 10,
        stepStartedAt: iso(),
        replicas: [{ name: 'checkout', count: 1 }],
        ...candidate,
      }),
      ...status,
    },
  });
};

/** A release whose candidate has been promoted and is watched since noon. */
export const inBake = (changes: ReleaseChanges = {}): ArtifactRelease =>
  onCanary({
    ...changes,
    status: {
      phase: 'Baking',
      pins: [aPin(CANDIDATE)],
      ...changes.status,
      candidate: aCandidate({
        step: 1,
        weight: 100,
        stepStartedAt: iso(),
        replicas: [{ name: 'checkout', count: 9 }],
        ...changes.status?.candidate,
      }),
    },
  });
