import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNotFound } from '../../src/adapters/kubernetes/kube-api-error.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../../src/adapters/kubernetes/resources.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { OperatorProcess } from '../cluster/operator.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { Shop } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { createDeployment, createService, readyPods } from '../cluster/web-workload.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { CALM, Mall, type OpenedShop } from '../support/mall.ts';

const cluster = await sharedCluster();
const TIMEOUT_MS = 120_000;
const QUICK = { steps: [{ weight: 50, duration: '2s' }], bake: '0s' };
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };

let mall: Mall;
beforeAll(async () => {
  mall = await Mall.open(cluster, 10);
});
afterAll(() => mall[Symbol.asyncDispose]());

const deployment = ({ namespace }: Shop, name: string): string =>
  resourcePath(DEPLOYMENTS, { namespace, name });

/** Waits for a phase in which the release says why, by a reason and by the name of what is missing. */
async function untilMissing(shop: Shop, phase: Status['phase'], reason: string, name: string): Promise<void> {
  const { conditions, message } = await shop.until(
    `${phase} for ${reason}`,
    TIMEOUT_MS,
    (status) => status.phase === phase && status.conditions.some((c) => c.reason === reason),
  );
  const ready = conditions.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'False', reason });
  expect(ready?.message).toContain(name);
  expect(message).toContain(name);
}

const untilHealthy = (shop: Shop, { digest }: { digest: string }): Promise<Status> =>
  shop.until('health', TIMEOUT_MS, (s) => s.phase === 'Healthy' && s.stable?.digest === digest);

describe.concurrent('what is missing is named, and the release goes on when it appears:', () => {
  it('a Deployment', async () => {
    const { shop, good, tag } = await mall.emptyShop();
    await shop.order(good);
    await untilMissing(shop, 'Pending', 'DeploymentNotFound', 'checkout');
    await shop.deploy(tag);
    await untilHealthy(shop, good);
  });

  it('a Deployment that somebody deletes in mid-canary, and one at rest', async () => {
    const { shop, good, tag, next } = await mall.openShop({
      ...QUICK,
      steps: [{ weight: 50, approval: true }],
    });
    await shop.ship(next, '2.0');
    await shop.until('canary', TIMEOUT_MS, ({ phase }) => phase === 'Paused');
    await cluster.api.delete(deployment(shop, 'checkout'));
    await untilMissing(shop, 'Holding', 'DeploymentNotFound', 'checkout');
    await createDeployment(cluster, shop.namespace, 'checkout', tag, { replicas: 2 });
    await shop.until('the question again', TIMEOUT_MS, ({ phase }) => phase === 'Paused');
    await shop.command('approve', next.digest);
    await untilHealthy(shop, next);
    await cluster.api.delete(deployment(shop, 'checkout'));
    await untilMissing(shop, 'Pending', 'DeploymentNotFound', 'checkout');
    await createDeployment(cluster, shop.namespace, 'checkout', good.reference, { replicas: 2 });
    await untilHealthy(shop, next);
    await waitFor(
      'the pin',
      TIMEOUT_MS,
      () => shop.images(),
      ([image]) => image === next.reference,
    );
  });

  it('a container', async () => {
    const { shop, good, tag } = await mall.emptyShop();
    const targets = [{ kind: 'Deployment', name: 'checkout', containers: ['web'] }];
    await shop.open(tag, good, { spec: { targets } });
    await untilMissing(shop, 'Pending', 'ContainerNotFound', 'web');
    const rename = [{ op: 'replace' as const, path: '/spec/template/spec/containers/0/name', value: 'web' }];
    await cluster.api.jsonPatch(deployment(shop, 'checkout'), rename, { query: { fieldManager: 'shop' } });
    await untilHealthy(shop, good);
  });

  it('a Service, without which there is no traffic', async () => {
    const { shop, good, tag, next } = await mall.emptyShop();
    await createDeployment(cluster, shop.namespace, 'checkout', tag, { replicas: 2 });
    await shop.order(good, QUICK);
    await untilHealthy(shop, good);
    const load = new Load(cluster.api, {
      ...{ namespace: shop.namespace, service: 'checkout' },
      ...{ requestsPerSecond: 150, durationMs: 2 * TIMEOUT_MS },
    });
    try {
      await shop.ship(next, '2.0');
      await untilMissing(shop, 'Holding', 'InsufficientTraffic', 'availability');
      await createService(cluster, shop.namespace, 'checkout');
      await untilHealthy(shop, next);
    } finally {
      await load.stop();
    }
  });

  it('a Prometheus', async () => {
    const spec = { objectives: [CALM], analysis: { source: 'nowhere', interval: '1s' } };
    const { shop, next } = await mall.openShop({ ...QUICK, spec });
    await shop.ship(next, '2.0');
    await untilMissing(shop, 'Holding', 'SourceNotFound', 'nowhere');
    await shop.patch({ spec: { analysis: { source: 'default' } } });
    await untilHealthy(shop, next);
  });

  it('a field that a patch of the canary means', async () => {
    const { shop, next } = await mall.openShop(QUICK);
    const patches = [{ op: 'replace', path: '/spec/volumes/0/name', value: 'cache' }];
    await shop.patch({ spec: { canary: { patches } } });
    await shop.ship(next, '2.0');
    await untilMissing(shop, 'Progressing', 'CanaryPatchFailed', 'spec.canary.patches');
    await shop.patch({ spec: { canary: { patches: null } } });
    await untilHealthy(shop, next);
  });

  it('a free name for the canary', async () => {
    const { shop, tag, next } = await mall.openShop(QUICK);
    await createDeployment(cluster, shop.namespace, 'checkout-canary', tag);
    await shop.ship(next, '2.0');
    await untilMissing(shop, 'Progressing', 'CanaryNameTaken', 'checkout-canary');
    expect(await mall.deployments(shop)).toEqual(['checkout', 'checkout-canary']);
    await cluster.api.delete(deployment(shop, 'checkout-canary'));
    await untilHealthy(shop, next);
  });
});

describe.concurrent('a namespace', () => {
  it('that does not exist yet is worked in once it does', async () => {
    const { shop: neighbour, good, tag } = await mall.emptyShop();
    const namespace = `late-${neighbour.namespace}`;
    await using _operator = await OperatorProcess.start(cluster, { namespaces: [namespace] });
    await cluster.createNamespace(namespace);
    const shop = new Shop(cluster, namespace);
    await shop.open(tag, good);
    await untilHealthy(shop, good);
    await shop.close();
    await waitFor('the end', TIMEOUT_MS, () => shop.stored().then(() => false, isNotFound));
    await cluster.deleteNamespace(namespace);
  });

  it('that is deleted in mid-canary takes everything along, and the operator goes on elsewhere', async () => {
    const { shop, next } = await mall.openShop({ ...QUICK, steps: [{ weight: 50, duration: '1h' }] });
    await shop.ship(next, '2.0');
    await shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
    await cluster.deleteNamespace(shop.namespace);
    const path = resourcePath(NAMESPACES, { name: shop.namespace });
    await waitFor('its end', TIMEOUT_MS, () => cluster.api.get(path).then(() => false, isNotFound));
    await waitFor(
      'the end of its metrics',
      TIMEOUT_MS,
      () => mall.operator.metrics(),
      (text) => !text.includes(`namespace="${shop.namespace}"`),
    );
    await mall.operator.checkHealth();
    const elsewhere: OpenedShop = await mall.openShop(QUICK);
    await elsewhere.shop.ship(elsewhere.next, '2.0');
    await untilHealthy(elsewhere.shop, elsewhere.next);
    await readyPods(cluster, elsewhere.shop.namespace, 2);
  });
});
