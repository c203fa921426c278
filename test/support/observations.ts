import type { Totals } from '../../src/api/artifact-release-status.ts';
import type {
  Check,
  Claim,
  Counts,
  Observation,
  ObservedTarget,
  Proof,
} from '../../src/domain/observation.ts';
import { known, unknown } from '../../src/domain/reading.ts';
import type { Container, Workload } from '../../src/domain/workload.ts';
import { canaryRevision } from '../../src/domain/workload.ts';
import { CANDIDATE, NEXT, NOON, REPOSITORY, STABLE, UID } from './releases.ts';

export const satisfied: Check = { state: 'Satisfied', reason: 'Verified', message: 'signed by ci' };
export const refused: Check = { state: 'Refused', reason: 'VerificationFailed', message: 'no signature' };
export const unanswered: Check = {
  state: 'Unknown',
  reason: 'VerificationUnknown',
  message: 'the registry does not answer',
};

export const unasked: Check = {
  state: 'Satisfied',
  reason: 'NotConfigured',
  message: 'spec.protection.mode is None',
};

export const app = (digest: string = STABLE): Container => ({
  name: 'app',
  image: `${REPOSITORY}@${digest}`,
  init: false,
});
export const proxy: Container = { name: 'proxy', image: 'registry.example.com/mesh/proxy:1', init: false };

/** A Deployment whose rollout is over. */
export function aWorkload({ replicas = 9, ...changes }: Partial<Workload> = {}): Workload {
  const name = changes.name ?? 'checkout';
  return {
    name,
    namespace: 'shop',
    uid: `uid-of-deployment-${name}`,
    resourceVersion: '7',
    generation: 3,
    observedGeneration: 3,
    replicas,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    availableReplicas: replicas,
    paused: false,
    containers: [app(), proxy],
    templateHash: 'template-1',
    selector: `app=${name}`,
    ...changes,
  };
}

/** Pods are on their way: one is missing. */
export const rolling = (changes: Partial<Workload> = {}): Workload => {
  const workload = aWorkload(changes);
  return { ...workload, availableReplicas: workload.replicas - 1 };
};

export const aCanary = (changes: Partial<Workload> = {}): Workload =>
  aWorkload({
    name: 'checkout-canary',
    replicas: 1,
    containers: [app(CANDIDATE), proxy],
    ownerUid: UID,
    madeFrom: canaryRevision(aWorkload(), new Set(['app']), []),
    ...changes,
  });

export const aTarget = (changes: Partial<ObservedTarget> = {}): ObservedTarget => ({
  name: 'checkout',
  workload: aWorkload(),
  running: new Map(),
  ...changes,
});

/** An older release names the Deployment, and has not pinned it yet. */
export const aRival = (changes: Partial<Claim> = {}): Claim => ({
  release: 'older',
  target: 'checkout',
  precedes: true,
  pins: false,
  ...changes,
});

/** Stable stands, every digest is verified, no protection is asked for, nothing was counted. */
export const anObservation = (changes: Partial<Observation> = {}): Observation => ({
  targets: [aTarget()],
  strays: [],
  claims: [],
  verification: new Map([STABLE, CANDIDATE, NEXT].map((digest) => [digest, satisfied])),
  protection: new Map([STABLE, CANDIDATE, NEXT].map((digest) => [digest, unasked])),
  ...changes,
});

/** The same with a canary beside stable. */
export const withCanary = (changes: Partial<Observation> = {}): Observation =>
  anObservation({ targets: [aTarget({ canary: aCanary() })], ...changes });

/** The same after promotion: the workload runs the candidate, the canary is gone. */
export const afterPromotion = (changes: Partial<Observation> = {}): Observation =>
  anObservation({
    targets: [aTarget({ workload: aWorkload({ containers: [app(CANDIDATE), proxy] }) })],
    ...changes,
  });

export const verifiedAs = (check: Proof, ...digests: readonly string[]): Observation['verification'] =>
  new Map([
    ...[STABLE, CANDIDATE, NEXT].map((digest) => [digest, satisfied] as const),
    ...digests.map((digest) => [digest, check] as const),
  ]);

/** Counts of the step or bake that started at `from`. */
export const counted = (value: Totals, from = NOON): Counts => ({
  from,
  totals: new Map([['availability', known(value)]]),
});

export const notCounted = (
  reason: 'NoData' | 'NotANumber' | 'MetricsUnavailable' = 'NoData',
  from = NOON,
): Counts => ({
  from,
  totals: new Map([['availability', unknown(reason, `availability: ${reason}`)]]),
});
