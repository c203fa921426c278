import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import type { WorkloadImage } from '../cluster/cluster-client.ts';
import type { Behaviour } from '../cluster/images/workload-image.ts';
import type { Shop } from '../cluster/shop.ts';
import { admitRegistry } from '../cluster/signer.ts';
import { podsOf, podsWaitingFor, readyPods } from '../cluster/web-workload.ts';
import { Mall } from '../support/mall.ts';
import { RawRepository } from '../support/raw-repository.ts';
import { StatusTape } from '../support/status-tape.ts';

const TIMEOUT_MS = 90_000;
const QUICK = { steps: [{ weight: 50, duration: '2s' }], bake: '0s' };
const PROTECTED = { ...QUICK, spec: { protection: { mode: 'Tags' } } };

/** A cluster of its own: what is collected here, or cannot be pushed, would be missed by every other test. */
let cluster: Cluster;
let mall: Mall;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 }, () => undefined);
  mall = await Mall.open(cluster.client, 4);
  const protection = { confirmAfter: '1s', resyncInterval: '3s', rescanInterval: '3s' };
  await admitRegistry(cluster.client, { protection });
});
afterAll(async () => {
  await mall?.operator[Symbol.asyncDispose]();
  await cluster?.stop();
});

const condition = ({ conditions }: Status, type: string) => conditions.find((one) => one.type === type);

const isStable =
  ({ digest }: WorkloadImage) =>
  ({ phase, stable }: Status): boolean =>
    phase === 'Healthy' && stable?.digest === digest;

async function imagesThatRun({ namespace }: Shop): Promise<readonly string[]> {
  const pods = await podsOf(cluster.client, namespace);
  return pods.flatMap(({ spec }) => spec.containers.map(({ image }) => image));
}

/** The real collection, as its documentation has it; and no node has an image any more. */
async function collect(): Promise<void> {
  await cluster.registry.restart({ readOnly: true });
  await cluster.registry.collectGarbage({ deleteUntagged: true });
  await cluster.registry.restart({ readOnly: false });
  for (const node of cluster.nodes) node.emptyImageStore();
}

/** As a clean-up that knows nothing of protection: only the newest version keeps a tag. */
async function retain(shop: Shop): Promise<void> {
  const repository = repositoryOf(shop);
  await cluster.client.pushWorkload(`${shop.namespace}/checkout`, { mode: 'good', version: '9.0' }, [
    'newest',
  ]);
  const tags = (await repository.tags()).filter((tag) => !/^(newest$|keep\.|lease\.)/.test(tag));
  for (const tag of tags) await repository.untag(tag);
}

const repositoryOf = ({ namespace }: Shop): RawRepository =>
  new RawRepository(cluster.registry.url, `${namespace}/checkout`);

/** What no other repository has: the collector spares in all of them what is needed in one. */
const ownBehaviour = ({ namespace }: Shop): Behaviour => ({ mode: 'good', version: namespace });

const scale = ({ namespace }: Shop, replicas: number): Promise<string> =>
  cluster.client.kubectl(['scale', 'deployment/checkout', '-n', namespace, `--replicas=${replicas}`]);

describe('a release with protection', () => {
  it('starts no pod of its canary before the registry keeps what it needs', async () => {
    const { shop, next } = await mall.openShop(PROTECTED);
    await using tape = new StatusTape(cluster.client, shop);
    await cluster.registry.restart({ readOnly: true });
    await shop.ship(next, '2.0');
    const held = await shop.until(
      'protection that cannot be had',
      TIMEOUT_MS,
      (status) => condition(status, 'Protected')?.reason === 'RegistryReadOnly',
    );
    await delay(5_000);
    expect(await imagesThatRun(shop)).not.toContain(next.reference);
    expect(held.message).toContain(next.digest.slice(7, 15));
    await cluster.registry.restart({ readOnly: false });
    await shop.until('promotion', TIMEOUT_MS, isStable(next));
    const underTrial = tape.statuses.filter(({ phase }) => phase === 'Progressing');
    expect(underTrial.map((status) => condition(status, 'Protected')?.status)).toEqual(
      underTrial.map(() => 'True'),
    );
    expect(underTrial.length).toBeGreaterThan(0);
  });

  it('can be scaled and rolled back after a collection that knows none of its tags', async () => {
    const { shop, good, next } = await mall.openShop(PROTECTED);
    await shop.ship(next, '2.0');
    await shop.until('promotion', TIMEOUT_MS, isStable(next));
    await retain(shop);
    await collect();

    await scale(shop, 4);
    const pods = await readyPods(cluster.client, shop.namespace, 4);
    expect(new Set(pods.flatMap(({ spec }) => spec.containers.map(({ image }) => image)))).toEqual(
      new Set([next.reference]),
    );
    await shop.command('rollback-to', good.digest);
    await shop.until(
      'the way back',
      TIMEOUT_MS,
      ({ phase, stable }) => phase === 'RolledBack' && stable?.digest === good.digest,
    );
    expect(await imagesThatRun(shop)).toContain(good.reference);
  });

  it('lets go of what it no longer needs once it is deleted', async () => {
    const { shop, push } = await mall.openShop({
      ...QUICK,
      spec: { protection: { mode: 'Tags', releaseGracePeriod: '1s' } },
    });
    const repository = repositoryOf(shop);
    const own = await push(ownBehaviour(shop));
    await shop.ship(own, '3.0');
    await shop.until('promotion', TIMEOUT_MS, isStable(own));
    await retain(shop);
    await shop.close();
    await expect
      .poll(() => repository.tags(), { timeout: TIMEOUT_MS, interval: 500 })
      .not.toContainEqual(expect.stringMatching(/^keep\./));
    await collect();
    expect((await repository.manifest(own.digest)).status).toBe(404);
  });
});

describe('a release without protection', () => {
  it('says that the image of its canary cannot be pulled, once it has been collected', async () => {
    const { shop, push } = await mall.openShop({ ...QUICK, progressDeadline: '60s' });
    const own = await push(ownBehaviour(shop));
    await collect();
    await shop.ship(own, '3.0');
    await podsWaitingFor(cluster.client, shop.namespace, 'ImagePullBackOff');
    const { message } = await shop.until('the reason', TIMEOUT_MS, (status) =>
      status.message.includes('ImagePullBackOff'),
    );
    expect(message).toContain('canary');
  });
});
