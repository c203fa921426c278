import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { installOperator, OperatorProcess } from '../cluster/operator.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { Shop } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { createService, webDeployment } from '../cluster/web-workload.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import {
  type Apply,
  clientSideApply,
  forcedServerSideApply,
  GitOpsController,
} from '../support/gitops-controller.ts';
import { ReleaseWitness } from '../support/release-witness.ts';

const cluster = await sharedCluster();
const NAME = 'checkout';
const FIGHT_MS = 120_000;
/** One a second is 120; a machine with ten times its load starts kubectl less often, and the fight then takes longer. */
const LEAST_SYNCS = 30;
const REPLICAS = 3;
const RELEASE = {
  steps: [5, 25, 50].map((weight) => ({ weight, duration: '15s' })),
  bake: '15s',
  progressDeadline: '40s',
  // A busy machine sends few requests, and this is not about judging them.
  target: '90',
};

interface ReleaseEvent {
  readonly reason: string;
  readonly series?: { readonly count: number };
}

/** A whole release of `next` while the tool goes on applying a tag once a second, then an older digest. */
async function fight(namespace: string, apply: Apply) {
  const repository = `${namespace}/${NAME}`;
  await cluster.createNamespace(namespace);
  const old = await cluster.pushWorkload(repository, { mode: 'good', version: '1.0' }, ['1.0']);
  const next = await cluster.pushWorkload(repository, { mode: 'good', version: '2.0' });
  const tag = `${old.repository}:1.0`;
  const shop = new Shop(cluster, namespace, NAME);
  const deployment = (image: string) => webDeployment(namespace, NAME, image, { replicas: REPLICAS });
  await createService(cluster, namespace, NAME);
  const gitops = new GitOpsController(cluster, apply);
  const witness = new ReleaseWitness(cluster, namespace, NAME);
  const load = new Load(cluster.api, {
    ...{ namespace, service: NAME },
    requestsPerSecond: 120,
    durationMs: 3 * FIGHT_MS,
  });
  try {
    await gitops.commit([deployment(tag), shop.release(old, '1.0', RELEASE)]);
    await shop.until('adoption', 60_000, ({ phase }) => phase === 'Healthy');
    const before = { syncs: gitops.syncs, pods: [...witness.stablePods.keys()] };
    const twoMinutes = delay(FIGHT_MS);
    await gitops.commit([deployment(tag), shop.release(next, '2.0', RELEASE)]);
    await shop.until('promotion', 200_000, (s) => s.phase === 'Healthy' && s.stable?.digest === next.digest);
    await twoMinutes;
    const enough = async () => gitops.syncs - before.syncs;
    await waitFor('syncs', 2 * FIGHT_MS, enough, (syncs) => syncs >= LEAST_SYNCS);
    const during = { syncs: gitops.syncs - before.syncs, generations: [...witness.generations] };
    await gitops.commit([deployment(old.reference), shop.release(next, '2.0', RELEASE)]);
    return { tag, old, next, before, during, witness, gitops, images: await shop.images() };
  } finally {
    await Promise.all([gitops.stop(), witness.stop(), load.stop()]);
  }
}

async function eventsOf(namespace: string): Promise<readonly ReleaseEvent[]> {
  const events = { group: 'events.k8s.io', version: 'v1', resource: 'events' };
  const { items } = await cluster.api.list<ReleaseEvent & { regarding: { kind: string } }>(
    resourcePath(events, { namespace }),
  );
  return items.filter(({ regarding }) => regarding.kind === 'ArtifactRelease');
}

describe('a GitOps tool that applies a tag every second during a whole release', () => {
  const namespaces = ['forced', 'client-side'].map((how) => `gitops-${how}-${randomUUID().slice(0, 8)}`);
  const [forced = '', clientSide = ''] = namespaces;
  const fights = new Map<string, Awaited<ReturnType<typeof fight>>>();
  let operator: OperatorProcess | undefined;

  beforeAll(async () => {
    await installOperator(cluster, { admission: true });
    operator = await OperatorProcess.start(cluster, { namespaces });
    await Promise.all([
      fight(forced, forcedServerSideApply).then((end) => fights.set('forced', end)),
      fight(clientSide, clientSideApply).then((end) => fights.set('client-side', end)),
    ]);
  }, 480_000);

  afterAll(async () => {
    await operator?.[Symbol.asyncDispose]();
    await Promise.all(namespaces.map((namespace) => cluster.deleteNamespace(namespace)));
  });

  const seen = (how: string) => {
    const end = fights.get(how);
    if (!end) throw new Error(`there was no ${how} apply`);
    return end;
  };

  describe.each([
    ['forced', forced],
    ['client-side', clientSide],
  ])('by %s apply', (how, namespace) => {
    it('really applies it and is never refused', () => {
      const { gitops, during } = seen(how);
      expect(gitops.failures).toEqual([]);
      expect(during.syncs).toBeGreaterThanOrEqual(LEAST_SYNCS);
    });

    it('restarts no pod, and replaces those of stable by the promotion alone', () => {
      const { witness, before, next } = seen(how);
      const pods = [...witness.stablePods.values()];
      const promoted = pods.filter((pod) => pod.spec.containers[0]?.image === next.reference);
      const promotedAt = Math.floor(Date.parse(witness.promotingSince ?? '') / 1000) * 1000;
      expect(before.pods).toHaveLength(REPLICAS);
      expect(promoted).toHaveLength(REPLICAS);
      expect(pods).toHaveLength(2 * REPLICAS);
      for (const { metadata } of promoted) {
        expect(Date.parse(metadata.creationTimestamp)).toBeGreaterThanOrEqual(promotedAt);
      }
      for (const { metadata, status } of pods) {
        expect(status?.containerStatuses?.map((container) => container.restartCount)).toEqual([0]);
        if (before.pods.includes(metadata.uid)) {
          // deletionTimestamp lies in the future by the grace period.
          expect(Date.parse(metadata.deletionTimestamp ?? '')).toBeGreaterThanOrEqual(promotedAt);
        }
      }
    });

    it('changes the Deployment only once, and that is the promotion', () => {
      const { witness, during, tag, next } = seen(how);
      expect(during.generations).toEqual([`1 ${tag}`, `2 ${next.reference}`]);
      expect(witness.replicaSets.size).toBe(2);
    });

    it('loses no weight, and no phase comes twice', () => {
      const { witness } = seen(how);
      expect(witness.weights).toEqual([...new Set(witness.weights)].sort((a, b) => a - b));
      expect(witness.weights.slice(-4)).toEqual([5, 25, 50, 100]);
      // A step may hold for data on a busy machine, and goes on in the same phase; nothing goes back.
      const phases = witness.phases.filter((phase) => !['Pending', 'Verifying', 'Holding'].includes(phase));
      const changes = phases.filter((phase, index) => phase !== phases[index - 1]);
      expect(changes).toEqual(['Healthy', 'Progressing', 'Promoting', 'Baking', 'Healthy']);
    });

    it('does not disturb the release by applying that, too', () => {
      expect(seen(how).witness.releaseGenerations).toEqual([1, 2]);
    });

    it('is no drift, and nothing is said twice', async () => {
      const events = await eventsOf(namespace);
      const reasons = events.map(({ reason }) => reason);
      expect(reasons).toContain('Promoted');
      expect(reasons).not.toContain('DriftCorrected');
      expect(events.filter(({ series }) => series !== undefined)).toEqual([]);
    });

    it('cannot bring the old digest back afterwards', () => {
      const { images, next, witness } = seen(how);
      expect(images).toEqual([next.reference]);
      expect(witness.generations.slice(2).every((g) => g.endsWith(next.reference))).toBe(true);
    });
  });
});
