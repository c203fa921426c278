import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { milliseconds } from '../../src/domain/time.ts';
import { installOperator, OperatorProcess } from '../cluster/operator.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { Shop, type ShopOptions } from '../cluster/shop.ts';
import { sharedCluster } from '../support/cluster-client.ts';

const cluster = await sharedCluster();

beforeAll(() => installOperator(cluster));

/** Side by side, each test has to say itself what goes when it ends. */
async function openShop({ onTestFinished }: TestContext, options: ShopOptions = {}) {
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  await cluster.createNamespace(namespace);
  onTestFinished(() => cluster.deleteNamespace(namespace));
  const repository = `${namespace}/checkout`;
  const good = await cluster.pushWorkload(repository, { mode: 'good', version: '1.0' }, ['1.0']);
  const shop = new Shop(cluster, namespace);
  const operator = await OperatorProcess.start(cluster, { namespaces: [namespace] });
  onTestFinished(() => operator[Symbol.asyncDispose]());
  await shop.open(`${good.repository}:1.0`, good, options);
  await shop.until('adoption', 60_000, ({ phase }) => phase === 'Healthy');
  const load = new Load(cluster.api, {
    namespace,
    service: 'checkout',
    requestsPerSecond: 120,
    durationMs: 240_000,
  });
  onTestFinished(async () => {
    await load.stop();
  });
  return { shop, operator, good, repository };
}

/** Long enough to count some of it, and short enough to be thought little: a step is planned for longer than it takes. */
const TRAFFIC_MS = 20_000;
const COMPUTED = {
  schedule: 'Auto',
  advance: 'WhenProven',
  steps: [{ weight: 5, duration: '30m' }],
  progressDeadline: '20s',
};

describe.concurrent('a release on a real cluster', () => {
  it('adopts a tag without a restart, then promotes a good digest step by step', async (test) => {
    const { shop, good, repository } = await openShop(test);
    expect(await shop.images()).toEqual([`${good.repository}:1.0`]);
    const next = await cluster.pushWorkload(repository, { mode: 'good', version: '2.0' });
    await shop.ship(next, '2.0');
    await shop.until('first step', 60_000, ({ candidate }) => candidate?.weight === 5);
    expect(await shop.images()).toEqual([`${good.repository}:1.0`]);
    const end = await shop.until(
      'promotion',
      150_000,
      ({ phase, stable }) => phase === 'Healthy' && stable?.digest === next.digest,
    );
    expect(await shop.images()).toEqual([next.reference]);
    expect(end.history?.[0]).toMatchObject({ digest: next.digest, verdict: 'Promoted' });
  });

  it('rolls an erroring digest back by digest, and refuses it until retry names it', async (test) => {
    const { shop, good, repository } = await openShop(test);
    const bad = await cluster.pushWorkload(repository, { mode: 'erroring', version: '2.1', errorRatio: 0.3 });
    await shop.ship(bad, '2.1');
    const end = await shop.until('roll-back', 120_000, ({ phase }) => phase === 'RolledBack');
    expect(end.stable?.digest).toBe(good.digest);
    expect(end.history?.[0]).toMatchObject({ digest: bad.digest, verdict: 'RolledBack' });
    expect(end.conditions.find((c) => c.type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'DigestRefused',
    });
    expect(await shop.images()).toEqual([`${good.repository}:1.0`]);
    await shop.command('retry', bad.digest);
    await shop.until('second attempt', 30_000, ({ candidate }) => candidate?.attempt === 2);
  });

  it('rolls back a digest whose pods crash when the progress deadline is over', async (test) => {
    const { shop, repository } = await openShop(test, { progressDeadline: '8s' });
    const crashing = await cluster.pushWorkload(repository, { mode: 'crashing', version: '2.2' });
    await shop.ship(crashing, '2.2');
    const end = await shop.until('roll-back', 90_000, ({ phase }) => phase === 'RolledBack');
    expect(end.history?.[0]).toMatchObject({ verdict: 'RolledBack', reason: 'ProgressDeadlineExceeded' });
  });

  it('computes its steps from the traffic before it, and ends one that is proven', async (test) => {
    const { shop, repository } = await openShop(test, { spec: { canary: COMPUTED } });
    const next = await cluster.pushWorkload(repository, { mode: 'good', version: '2.4' });
    await delay(TRAFFIC_MS);
    await shop.ship(next, '2.4');
    const begun = await shop.until('first pods', 60_000, ({ candidate }) => (candidate?.weight ?? 0) > 0);
    const { baselines, plan, stepStartedAt = '' } = begun.candidate ?? {};
    expect(baselines).toMatchObject([{ objective: 'availability', bad: 0, dispersion: 1 }]);
    expect(plan).toMatchObject({ steps: [{ weight: 50 }] });
    const promoting = await shop.until('promotion', 150_000, ({ phase }) => phase === 'Promoting');
    const lasted = Date.parse(promoting.phaseStartedAt) - Date.parse(stepStartedAt);
    expect(lasted).toBeGreaterThanOrEqual(60_000);
    expect(lasted).toBeLessThan(milliseconds(plan?.steps[0]?.duration ?? '0s'));
    await shop.until('the end', 60_000, ({ phase }) => phase === 'Healthy');
  });

  it('goes on where it was after the operator is killed in mid-step', async (test) => {
    const { shop, operator, repository } = await openShop(test, { bake: '3s' });
    const next = await cluster.pushWorkload(repository, { mode: 'good', version: '2.3' });
    await shop.ship(next, '2.3');
    const before = await shop.until('second step', 90_000, ({ candidate }) => candidate?.weight === 25);
    await operator.kill();
    await operator.start();
    const after = await shop.status();
    expect(after?.candidate?.startedAt).toBe(before.candidate?.startedAt);
    await shop.until(
      'promotion',
      120_000,
      ({ phase, stable }) => phase === 'Healthy' && stable?.digest === next.digest,
    );
  });
});
