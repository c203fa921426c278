import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../../src/adapters/kubernetes/resources.ts';
import type { Shop } from '../cluster/shop.ts';
import { createDeployment, podsOf, readyPods } from '../cluster/web-workload.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { Mall } from '../support/mall.ts';

const cluster = await sharedCluster();
const TIMEOUT_MS = 120_000;
const BOTH = { targets: ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name })) };

let mall: Mall;
beforeAll(async () => {
  mall = await Mall.open(cluster, 3);
});
afterAll(() => mall[Symbol.asyncDispose]());

interface PodTemplate {
  readonly spec: {
    readonly template: {
      readonly spec: Record<'containers' | 'initContainers', readonly { name: string; image: string }[]>;
    };
  };
}

/** `container=image` of a Deployment, init containers first. */
async function imagesOf({ namespace }: Shop, name: string): Promise<readonly string[]> {
  const { spec } = await cluster.api.get<PodTemplate>(resourcePath(DEPLOYMENTS, { namespace, name }));
  const { initContainers = [], containers } = spec.template.spec;
  return [...initContainers, ...containers].map((container) => `${container.name}=${container.image}`);
}

/** Two Deployments under one release, at rest. */
async function openBoth(workerEnvironment: Readonly<Record<string, string>> = {}) {
  const opened = await mall.emptyShop();
  const { shop, good, tag } = opened;
  await createDeployment(cluster, shop.namespace, 'worker', tag, { replicas: 2, env: workerEnvironment });
  await shop.open(tag, good, {
    replicas: 2,
    steps: [{ weight: 50, duration: '2s' }],
    bake: '0s',
    progressDeadline: '60s',
    spec: { ...BOTH, objectives: undefined },
  });
  await shop.until('adoption', TIMEOUT_MS, ({ phase }) => phase === 'Healthy');
  return opened;
}

describe.concurrent('a release of more than one container', () => {
  it('takes two Deployments through one canary, with one verdict', async () => {
    const { shop, next } = await openBoth();
    await shop.ship(next, '2.0');
    await shop.until('canaries', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
    expect(await mall.deployments(shop)).toEqual(['checkout', 'checkout-canary', 'worker', 'worker-canary']);
    const { history } = await shop.until('promotion', TIMEOUT_MS, (s) => s.stable?.digest === next.digest);
    expect(history?.map(({ verdict }) => verdict)).toEqual(['Promoted', 'Adopted']);
    for (const name of ['checkout', 'worker']) {
      expect(await imagesOf(shop, name)).toEqual([`app=${next.reference}`]);
    }
    await readyPods(cluster, shop.namespace, 4);
  });

  it('leaves both where one of them crashes', async () => {
    // The same digest everywhere, and yet it fails in one place: there the pod's own variable breaks it.
    const { shop, good, tag, push } = await openBoth({ ERROR_RATIO: 'not a number' });
    const fragile = await push({ mode: 'erroring', version: '2.1', errorRatio: 0 });
    const before = (await podsOf(cluster, shop.namespace)).map(({ metadata }) => metadata.name).sort();
    await shop.patch({ spec: { canary: { progressDeadline: '20s' } } });
    await shop.ship(fragile, '2.1');
    const waiting = await shop.until('a crash loop', TIMEOUT_MS, ({ message }) => message.includes('worker'));
    expect(waiting.candidate?.weight).toBe(0);
    const { stable, history } = await shop.until('roll-back', TIMEOUT_MS, (s) => s.phase === 'RolledBack');
    expect(stable?.digest).toBe(good.digest);
    expect(history?.[0]).toMatchObject({ digest: fragile.digest, reason: 'ProgressDeadlineExceeded' });
    expect(await mall.deployments(shop)).toEqual(['checkout', 'worker']);
    for (const name of ['checkout', 'worker']) expect(await imagesOf(shop, name)).toEqual([`app=${tag}`]);
    const after = await readyPods(cluster, shop.namespace, 4);
    expect(after.map(({ metadata }) => metadata.name).sort()).toEqual(before);
  });

  it('takes the init container of the artifact along, and leaves the sidecar alone', async () => {
    const { shop, good, tag, next } = await mall.emptyShop();
    const proxy = await cluster.pushWorkload(`${shop.namespace}/proxy`, { mode: 'good', version: '7' }, [
      '7',
    ]);
    const sidecar = `${proxy.repository}:7`;
    await shop.open(tag, good, {
      replicas: 2,
      steps: [{ weight: 50, approval: true }],
      bake: '0s',
      spec: { objectives: undefined },
      deployment: {
        initContainers: [{ name: 'migrate', image: tag, env: [{ name: 'MODE', value: 'finishing' }] }],
        sidecars: [{ name: 'proxy', image: sidecar, env: [{ name: 'PORT', value: '9000' }] }],
      },
    });
    await shop.until('adoption', TIMEOUT_MS, ({ phase }) => phase === 'Healthy');
    await shop.ship(next, '2.0');
    await shop.until('canary', TIMEOUT_MS, ({ phase }) => phase === 'Paused');
    const released = [`migrate=${next.reference}`, `app=${next.reference}`, `proxy=${sidecar}`];
    expect(await imagesOf(shop, 'checkout')).toEqual([`migrate=${tag}`, `app=${tag}`, `proxy=${sidecar}`]);
    expect(await imagesOf(shop, 'checkout-canary')).toEqual(released);
    await shop.command('approve', next.digest);
    await shop.until('promotion', TIMEOUT_MS, (s) => s.stable?.digest === next.digest);
    expect(await imagesOf(shop, 'checkout')).toEqual(released);
    const pods = await readyPods(cluster, shop.namespace, 2);
    for (const { status } of pods) {
      const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
      const run = statuses.map(({ name, imageID }) => `${name}=${imageID}`);
      expect(run).toEqual([`migrate=${next.reference}`, `app=${next.reference}`, `proxy=${proxy.reference}`]);
    }
  });
});
