import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { installOperator, OperatorProcess } from '../cluster/operator.ts';
import { Shop } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { createService, webDeployment } from '../cluster/web-workload.ts';
import { sharedCluster, turnInUnpinnedNamespace, UNPINNED_NAMESPACE } from '../support/cluster-client.ts';
import { forcedServerSideApply, GitOpsController } from '../support/gitops-controller.ts';
import { removeShop } from '../support/kubectl.ts';

const cluster = await sharedCluster();
const FIGHT_MS = 15_000;
const EVENTS = { group: 'events.k8s.io', version: 'v1', resource: 'events' };

interface DriftEvent {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number };
}

/** 0 where there is no such series yet. */
function sampleOf(metrics: string, name: string, release: string): number {
  const line = metrics
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && each.includes(`"${release}"`));
  return line === undefined ? 0 : Number(line.split(' ').at(-1));
}

async function driftEvents(release: string): Promise<readonly DriftEvent[]> {
  const { items } = await cluster.api.list<DriftEvent>(
    resourcePath(EVENTS, { namespace: UNPINNED_NAMESPACE }),
  );
  return items.filter(({ reason, regarding }) => reason === 'DriftCorrected' && regarding.name === release);
}

beforeAll(() => installOperator(cluster));

it('without the policy a tag that is applied every second is pinned again each time, measured, and told once', async () => {
  await turnInUnpinnedNamespace(cluster);
  const name = `drift-${randomUUID().slice(0, 8)}`;
  const shop = new Shop(cluster, UNPINNED_NAMESPACE, name);
  const operator = await OperatorProcess.start(cluster, { namespaces: [UNPINNED_NAMESPACE] });
  onTestFinished(() => operator[Symbol.asyncDispose]());
  onTestFinished(() => removeShop(shop));
  const repository = `${UNPINNED_NAMESPACE}/${name}`;
  const good = await cluster.pushWorkload(repository, { mode: 'good', version: '1.0' });
  const other = await cluster.pushWorkload(repository, { mode: 'good', version: '2.0' }, ['latest']);
  const deployment = (image: string) => webDeployment(UNPINNED_NAMESPACE, name, image, { replicas: 2 });
  await createService(cluster, UNPINNED_NAMESPACE, name);

  const gitops = new GitOpsController(cluster, forcedServerSideApply);
  onTestFinished(() => gitops.stop());
  await gitops.commit([deployment(good.reference), shop.release(good, '1.0')]);
  const before = await shop.until('adoption', 60_000, ({ phase }) => phase === 'Healthy');
  const startedAt = performance.now();
  await gitops.commit([deployment(`${other.repository}:latest`), shop.release(good, '1.0')]);
  await delay(FIGHT_MS);
  await gitops.stop();
  await waitFor(
    'the pin',
    10_000,
    () => shop.images(),
    ([image]) => image === good.reference,
  );
  const foughtSeconds = (performance.now() - startedAt) / 1000;

  const metrics = await operator.metrics();
  const corrected = sampleOf(metrics, 'artifactrelease_drift_corrected_total', name);
  expect(gitops.failures).toEqual([]);
  expect(corrected).toBeGreaterThan(5);
  expect(corrected).toBeLessThanOrEqual(gitops.syncs);
  const drifted = sampleOf(metrics, 'artifactrelease_drift_seconds_total', name);
  expect(drifted).toBeGreaterThan(0);
  expect(drifted).toBeLessThan(foughtSeconds);
  const events = await driftEvents(name);
  expect(events).toHaveLength(1);
  expect(events[0]?.note).toContain(`Deployment ${name} had another image than its pin`);
  expect(events[0]?.series?.count).toBe(2);
  // Not a release, not a roll-back, not a word: only Healthy may have been False while pods were replaced.
  const { conditions: _before, ...said } = before;
  const { conditions: _after, ...says } = (await shop.status()) ?? {};
  expect(says).toEqual(said);
});
