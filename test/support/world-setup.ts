import type { Status } from '../../src/api/artifact-release-status.ts';
import { digestNumber } from './happenings.ts';
import { AVAILABILITY, anEntry, aPin, aRelease, REPOSITORY } from './releases.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';

export interface WorldOptions {
  readonly spec?: Record<string, unknown>;
  /** What runs at the start is written as a tag. */
  readonly tagged?: boolean;
  readonly admission?: boolean;
  /** It has a past: the first digest was adopted and the second one promoted, long ago. */
  readonly seasoned?: boolean;
}

const artifactAt = (index: number) => ({ repository: REPOSITORY, digest: digestNumber(index) });

const seasoned = (): Partial<Status> => ({
  stable: { digest: digestNumber(1) },
  pins: ['checkout', 'worker'].map((name) => aPin(digestNumber(1), { name })),
  history: [
    anEntry({ digest: digestNumber(1), verdict: 'Promoted', reason: 'Promoted' }),
    anEntry({ digest: digestNumber(0) }),
  ],
});

const SPEC = {
  artifact: artifactAt(0),
  targets: [
    { kind: 'Deployment', name: 'checkout' },
    { kind: 'Deployment', name: 'worker' },
  ],
  canary: {
    steps: [
      { weight: 10, duration: '2m' },
      { weight: 50, duration: '3m' },
    ],
    progressDeadline: '3m',
  },
  objectives: [AVAILABILITY],
  analysis: { interval: '30s', maxHold: '5m' },
  bake: { duration: '4m' },
};

/** A release of two Deployments that run what it names. */
export function populate(cluster: SimulatedCluster, options: WorldOptions): void {
  cluster.admission = options.admission ?? false;
  const first = options.tagged ? `${REPOSITORY}:v1` : `${REPOSITORY}@${digestNumber(0)}`;
  const image = options.seasoned ? `${REPOSITORY}@${digestNumber(1)}` : first;
  const containers = [
    { name: 'app', image, init: false },
    { name: 'proxy', image: 'registry.example.com/mesh/proxy:1', init: false },
  ];
  cluster.createDeployment({ name: 'checkout', replicas: 8, containers });
  cluster.createDeployment({ name: 'worker', replicas: 2, containers });
  cluster.createRelease(
    aRelease({
      spec: { ...SPEC, ...options.spec, ...(options.seasoned && { artifact: artifactAt(1) }) },
      metadata: { finalizers: [] },
      ...(options.seasoned && { status: seasoned() }),
    }),
  );
}
