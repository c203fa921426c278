import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNotFound } from '../../src/adapters/kubernetes/kube-api-error.ts';
import type { Phase } from '../../src/api/artifact-release-status.ts';
import type { ShopOptions } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { podsOf, readyPods } from '../cluster/web-workload.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { CALM, Mall, type OpenedShop, UNKNOWABLE, UNSIGNED } from '../support/mall.ts';

const cluster = await sharedCluster();
const TIMEOUT_MS = 120_000;
const REPLICAS = 2;

let mall: Mall;
beforeAll(async () => {
  mall = await Mall.open(cluster, CASES.length + 1);
});
afterAll(() => mall[Symbol.asyncDispose]());

interface Case {
  readonly phase: Phase;
  readonly options?: ShopOptions;
  /** From a release at rest to the phase. */
  readonly reach: (opened: OpenedShop) => Promise<void>;
  /** What the Deployment runs afterwards. Before promotion it is never touched, so the tag is still there. */
  readonly image: 'tag' | 'good' | 'next';
}

const LONG = { steps: [{ weight: 50, duration: '1h' }], bake: '1h' };
const ship = ({ shop, next }: OpenedShop) => shop.ship(next, '2.0');
const phaseOf = ({ shop }: OpenedShop, phase: Phase) =>
  shop.until(phase, TIMEOUT_MS, (status) => status.phase === phase);

async function promote(opened: OpenedShop): Promise<void> {
  await ship(opened);
  await phaseOf(opened, 'Progressing');
  await opened.shop.command('promote', opened.next.digest);
}

const CASES: readonly Case[] = [
  { phase: 'Verifying', options: { spec: { verification: UNKNOWABLE } }, reach: ship, image: 'tag' },
  { phase: 'Blocked', options: { spec: { verification: UNSIGNED } }, reach: ship, image: 'tag' },
  { phase: 'Progressing', options: LONG, reach: ship, image: 'tag' },
  {
    phase: 'Holding',
    options: { ...LONG, spec: { objectives: [CALM], analysis: { source: 'nowhere', interval: '1s' } } },
    reach: ship,
    image: 'tag',
  },
  { phase: 'Paused', options: { steps: [{ weight: 50, approval: true }] }, reach: ship, image: 'tag' },
  { phase: 'Promoting', options: LONG, reach: promote, image: 'good' },
  { phase: 'Baking', options: LONG, reach: promote, image: 'good' },
  {
    phase: 'RollingBack',
    options: LONG,
    reach: async (opened) => {
      await promote(opened);
      await phaseOf(opened, 'Baking');
      await opened.shop.command('abort', opened.next.digest);
    },
    image: 'good',
  },
  {
    phase: 'RolledBack',
    options: LONG,
    reach: async (opened) => {
      await ship(opened);
      await phaseOf(opened, 'Progressing');
      await opened.shop.command('abort', opened.next.digest);
    },
    image: 'tag',
  },
  {
    phase: 'Suspended',
    options: LONG,
    reach: async (opened) => {
      await ship(opened);
      await opened.shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
      await opened.shop.patch({ spec: { suspend: true } });
    },
    image: 'tag',
  },
  {
    phase: 'Healthy',
    options: { ...LONG, bake: '0s' },
    reach: async (opened) => {
      await promote(opened);
      await opened.shop.until('end', TIMEOUT_MS, ({ stable }) => stable?.digest === opened.next.digest);
    },
    image: 'next',
  },
];

/** The release is gone, with its metrics and its canary; the workload is as it should be, with every pod. */
async function expectGone({ shop }: OpenedShop, image: string): Promise<void> {
  const isGone = await waitFor('the release to go', TIMEOUT_MS, () =>
    shop.stored().then(() => false, isNotFound),
  );
  expect(isGone).toBe(true);
  expect(await mall.deployments(shop)).toEqual(['checkout']);
  expect(await shop.images()).toEqual([image]);
  const pods = await waitFor(
    'pods of stable and no others',
    TIMEOUT_MS,
    () => readyPods(cluster, shop.namespace, REPLICAS),
    (all) => all.every(({ spec }) => spec.containers[0]?.image === image),
  );
  expect(pods.flatMap(({ status }) => status?.containerStatuses?.map((c) => c.restartCount))).toEqual([0, 0]);
  await waitFor(
    'its metrics to go',
    TIMEOUT_MS,
    () => mall.operator.metrics(),
    (text) => !text.includes(`namespace="${shop.namespace}"`),
  );
}

describe.concurrent('deleting a release', () => {
  it.each(CASES)('in $phase', async ({ phase, options, reach, image }) => {
    const opened = await mall.openShop({ replicas: REPLICAS, ...options });
    expect(await mall.operator.metrics()).toContain(`namespace="${opened.shop.namespace}"`);
    const before = (await podsOf(cluster, opened.shop.namespace)).map(({ metadata }) => metadata.uid).sort();
    await reach(opened);
    await phaseOf(opened, phase);
    await opened.shop.close();
    const images = { tag: opened.tag, good: opened.good.reference, next: opened.next.reference };
    await expectGone(opened, images[image]);
    const after = (await podsOf(cluster, opened.shop.namespace)).map(({ metadata }) => metadata.uid).sort();
    if (image === 'tag') expect(after).toEqual(before);
  });

  it('in Pending', async () => {
    const opened = await mall.emptyShop();
    const { shop, good, tag } = opened;
    const targets = [{ kind: 'Deployment', name: 'checkout', containers: ['web'] }];
    await shop.open(tag, good, { replicas: REPLICAS, spec: { targets } });
    await phaseOf(opened, 'Pending');
    await shop.close();
    await expectGone(opened, tag);
  });
});
