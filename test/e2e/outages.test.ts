import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { GROUP, PLURAL } from '../../src/api/artifact-release.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { podsOf } from '../cluster/web-workload.ts';
import { CALM, Mall, SPENT } from '../support/mall.ts';
import { StatusTape } from '../support/status-tape.ts';

const TIMEOUT_MS = 120_000;
const STEP_MS = 10_000;
const ONE_STEP = { steps: [{ weight: 50, duration: `${STEP_MS / 1000}s` }], bake: '1s' };

/** A cluster of its own: what is stopped here would be missed by every other test. */
let cluster: Cluster;
let mall: Mall;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 }, () => undefined);
  mall = await Mall.open(cluster.client, 5);
});
afterAll(async () => {
  await mall.operator[Symbol.asyncDispose]();
  await cluster.stop();
});

/** Of the process: a restart would make it another one. */
const startOfOperator = async (): Promise<string | undefined> =>
  /^process_start_time_seconds (\S+)$/m.exec(await mall.operator.metrics())?.[1];

const podNames = async (namespace: string): Promise<readonly string[]> =>
  (await podsOf(cluster.client, namespace)).map(({ metadata }) => metadata.name).sort();

describe('in mid-step', () => {
  it('Prometheus goes away: the step holds, and goes on when it is back', async () => {
    const { shop, good, tag, next } = await mall.emptyShop();
    await shop.open(tag, good, { ...ONE_STEP, replicas: 2 });
    await shop.until('adoption', TIMEOUT_MS, ({ phase }) => phase === 'Healthy');
    const load = new Load(cluster.client.api, {
      ...{ namespace: shop.namespace, service: 'checkout' },
      ...{ requestsPerSecond: 150, durationMs: 2 * TIMEOUT_MS },
    });
    try {
      await shop.ship(next, '2.0');
      const before = await shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
      const pods = await podNames(shop.namespace);
      await cluster.prometheus.daemon.stop();
      const held = await shop.until('hold', TIMEOUT_MS, ({ phase }) => phase === 'Holding');
      expect(held.hold?.reason).toBe('MetricsUnavailable');
      expect(held.candidate).toEqual(before.candidate);
      await delay(STEP_MS);
      const late = await shop.status();
      expect(late).toMatchObject({ phase: 'Holding', candidate: before.candidate });
      expect(await podNames(shop.namespace)).toEqual(pods);
      await cluster.prometheus.daemon.start();
      const end = await shop.until('promotion', TIMEOUT_MS, ({ stable }) => stable?.digest === next.digest);
      expect(end.history?.[0]).toMatchObject({ verdict: 'Promoted', attempt: 1 });
    } finally {
      await load.stop();
    }
  });

  it('the API server goes away: no weight moves, no pod is made anew, no step is cut short', async () => {
    const { shop, next } = await mall.openShop({ ...ONE_STEP, spec: { objectives: [CALM] } });
    await using tape = new StatusTape(cluster.client, shop);
    await shop.ship(next, '2.0');
    const { candidate } = await shop.until('canary', TIMEOUT_MS, (s) => s.candidate?.weight === 50);
    const before = { operator: await startOfOperator(), pods: await podNames(shop.namespace) };
    await cluster.controlPlane.apiServer.kill();
    await delay(STEP_MS / 4);
    await cluster.controlPlane.apiServer.start();
    const promoting = await shop.until('promotion', TIMEOUT_MS, ({ phase }) => phase === 'Promoting');
    const length = Date.parse(promoting.phaseStartedAt) - Date.parse(candidate?.stepStartedAt ?? '');
    expect(length).toBeGreaterThanOrEqual(STEP_MS);
    expect(await podNames(shop.namespace)).toEqual(expect.arrayContaining([...before.pods]));
    const end = await shop.until('end', TIMEOUT_MS, ({ stable }) => stable?.digest === next.digest);
    expect(end.history?.map(({ verdict }) => verdict)).toEqual(['Promoted', 'Adopted']);
    expect(tape.changes(({ weight }) => weight)).toEqual([0, 50, 100]);
    expect(await startOfOperator()).toBe(before.operator);
  });

  it('the spec becomes one that is not understood: all is left as it is until it is corrected', async () => {
    const { shop, tag, next } = await mall.openShop({ ...ONE_STEP, spec: { objectives: [CALM] } });
    await loosenSchema();
    await shop.patch({ spec: { canary: { steps: [{ weight: 50, duration: '1h' }] } } });
    await shop.ship(next, '2.0');
    const before = await shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
    const pods = await podNames(shop.namespace);
    await waitFor('the looser schema', TIMEOUT_MS, () =>
      shop.patch({ spec: { canary: { steps: [{ weight: 'half', duration: '1h' }] } } }),
    );
    const stalled = await shop.until('a word', TIMEOUT_MS, ({ conditions }) =>
      conditions.some(({ type, status }) => type === 'Stalled' && status === 'True'),
    );
    expect(stalled.message).toContain('spec.canary.steps.0.weight');
    expect(stalled.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InvalidSpec',
    });
    expect(stalled).toMatchObject({ candidate: before.candidate, pins: before.pins });
    expect(await podNames(shop.namespace)).toEqual(pods);
    expect(await shop.images()).toEqual([tag]);
    await shop.patch({ spec: { canary: { steps: [{ weight: 50, duration: '1s' }] } } });
    await shop.until('promotion', TIMEOUT_MS, ({ stable }) => stable?.digest === next.digest);
  });
});

/** Counts of the last seconds, whatever window is asked for: no test waits five minutes for a failure to be forgotten. */
const RECENT = {
  name: 'recent',
  target: '99',
  ratioMetric: { bad: { query: recent(',code=~"5.."') }, total: { query: recent('') } },
};

function recent(selector: string): string {
  return `sum(increase(http_requests_total{namespace="$namespace",pod=~"$pods"${selector}}[10s]))`;
}

describe('before its canary', () => {
  it('stable burns: the release waits, and starts when that is over', async () => {
    const { shop, next, push } = await mall.emptyShop();
    const failing = await push({ mode: 'erroring', version: '1.1', errorRatio: 0.5 });
    await shop.open(failing.reference, failing, {
      ...{ ...ONE_STEP, replicas: 2 },
      spec: { objectives: [RECENT] },
    });
    await shop.until('adoption', TIMEOUT_MS, ({ phase }) => phase === 'Healthy');
    const load = new Load(cluster.client.api, {
      ...{ namespace: shop.namespace, service: 'checkout' },
      ...{ requestsPerSecond: 50, durationMs: TIMEOUT_MS },
    });
    try {
      await delay(STEP_MS);
      await shop.ship(next, '2.0');
      const waiting = await shop.until('the door', TIMEOUT_MS, ({ candidate }) => candidate !== undefined);
      expect(waiting).toMatchObject({ phase: 'Verifying', candidate: { weight: 0 } });
      expect(waiting.message).toMatch(
        /recent 99%: the whole service burns .* both above 14.4x; .*spec.fix: true/,
      );
      expect(await mall.deployments(shop)).toEqual(['checkout']);
    } finally {
      await load.stop();
    }
    const begun = await shop.until('a canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
    expect(begun.candidate?.digest).toBe(next.digest);
    expect(await mall.deployments(shop)).toEqual(['checkout', 'checkout-canary']);
  });

  it('no error budget is left: the release is blocked, unless it is to mend that', async () => {
    const { shop, next } = await mall.openShop({ ...ONE_STEP, spec: { objectives: [SPENT] } });
    await shop.ship(next, '2.0');
    const blocked = await shop.until('the door', TIMEOUT_MS, ({ phase }) => phase === 'Blocked');
    expect(blocked.message).toMatch(/spent 99%: 200% of the 30d error budget is spent, .*spec.fix: true/);
    expect(await mall.deployments(shop)).toEqual(['checkout']);
    await shop.patch({ spec: { fix: true } });
    await shop.until('a canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
  });
});

/** As an older CRD would be, or one that somebody has edited: it lets any `spec.canary` through. */
async function loosenSchema(): Promise<void> {
  const path = resourcePath(
    { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
    { name: `${PLURAL}.${GROUP}` },
  );
  const schema = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/canary';
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  await cluster.client.api.jsonPatch(path, [{ op: 'replace', path: schema, value: anything }], {
    query: { fieldManager: 'somebody' },
  });
}
