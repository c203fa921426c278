import { beforeAll, describe, expect, it } from 'vitest';
import type { Candidate, Phase } from '../../src/api/artifact-release-status.ts';
import { installOperator } from '../cluster/operator.ts';
import type { Shop } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { readyPods } from '../cluster/web-workload.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { CALM, Mall, UNKNOWABLE, UNSIGNED } from '../support/mall.ts';
import { StatusTape } from '../support/status-tape.ts';

const cluster = await sharedCluster();
const TIMEOUT_MS = 120_000;
const REPLICAS = 2;
const STEP_MS = 6_000;
const BAKE_MS = 5_000;
const OBJECTIVE = { objectives: [CALM], analysis: { interval: '1s' } };

beforeAll(() => installOperator(cluster));

/** Waits for the phase, kills the operator in it, and starts it again. */
async function crashIn({ operator }: Mall, shop: Shop, phase: Phase): Promise<void> {
  await shop.until(phase, TIMEOUT_MS, (status) => status.phase === phase);
  await operator.kill();
  expect((await shop.status())?.phase, 'the phase has outlasted the kill').toBe(phase);
  await operator.start();
}

/** Between two entries of the candidate, in milliseconds. */
const span = (from: string | undefined, to: string | undefined): number =>
  Date.parse(to ?? '') - Date.parse(from ?? '');

/** The first version of the candidate in which the step, the promotion (at the last step's index) or the bake is. */
function stages(tape: StatusTape): readonly Candidate[] {
  const entered = new Map(tape.candidates.map((candidate) => [candidate.stageEnteredAt, candidate]));
  return [...entered.values()];
}

/** How often each event was said. A crash may swallow one: it is said after the status that explains it is stored. */
async function eventCounts(mall: Mall, shop: Shop): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { reason, series } of await mall.events(shop)) {
    counts.set(reason, (counts.get(reason) ?? 0) + (series?.count ?? 1));
  }
  return counts;
}

const repeated = (counts: ReadonlyMap<string, number>, expected: Readonly<Record<string, number>>) =>
  [...counts].filter(([reason, count]) => count > (expected[reason] ?? 1));

describe.concurrent('an operator that is killed in every phase', () => {
  it('promotes as if it had not been, with no step cut short and no word said twice', async () => {
    await using mall = await Mall.open(cluster, 1);
    const { shop, good, tag, next } = await mall.emptyShop();
    await shop.order(good, {
      steps: [
        { weight: 33, duration: `${STEP_MS / 1000}s` },
        { weight: 50, approval: true },
      ],
      bake: `${BAKE_MS / 1000}s`,
      progressDeadline: '60s',
      spec: { ...OBJECTIVE, verification: UNKNOWABLE },
    });
    await using tape = new StatusTape(cluster, shop);
    await crashIn(mall, shop, 'Pending');
    await shop.deploy(tag, { replicas: REPLICAS });
    await crashIn(mall, shop, 'Healthy');
    await shop.ship(next, '2.0');
    await crashIn(mall, shop, 'Verifying');
    await shop.patch({ spec: { verification: UNSIGNED } });
    await crashIn(mall, shop, 'Blocked');
    await shop.patch({ spec: { verification: null } });
    await crashIn(mall, shop, 'Progressing');
    await shop.until('first step', TIMEOUT_MS, ({ candidate }) => candidate?.stepStartedAt !== undefined);
    await shop.patch({ spec: { analysis: { source: 'nowhere' } } });
    await crashIn(mall, shop, 'Holding');
    await shop.patch({ spec: { analysis: { source: 'default' } } });
    await crashIn(mall, shop, 'Paused');
    await shop.command('approve', next.digest);
    await crashIn(mall, shop, 'Promoting');
    await crashIn(mall, shop, 'Baking');
    const end = await shop.until('end', TIMEOUT_MS, ({ stable }) => stable?.digest === next.digest);

    expect(end.history?.map(({ verdict }) => verdict)).toEqual(['Promoted', 'Adopted']);
    expect(tape.changes(({ weight }) => weight)).toEqual([0, 33, 50, 100]);
    expect(tape.changes(({ startedAt, attempt }) => `${startedAt} ${attempt}`)).toHaveLength(1);
    const entered = stages(tape);
    expect(entered.map(({ step, weight }) => `${step} ${weight}`)).toEqual([
      '0 0',
      '0 33',
      '1 50',
      '1 50',
      '1 100',
    ]);
    expect(span(entered[1]?.stepStartedAt, entered[2]?.stageEnteredAt)).toBeGreaterThanOrEqual(STEP_MS);
    expect(span(entered[4]?.stepStartedAt, end.phaseStartedAt)).toBeGreaterThanOrEqual(BAKE_MS);
    expect(repeated(await eventCounts(mall, shop), { StepCompleted: 2 })).toEqual([]);
    expect(await mall.deployments(shop)).toEqual(['checkout']);
    expect(await shop.images()).toEqual([next.reference]);
    await readyPods(cluster, shop.namespace, REPLICAS);
  });

  it('rolls back as if it had not been', async () => {
    await using mall = await Mall.open(cluster, 1);
    const { shop, good, next } = await mall.openShop({
      replicas: REPLICAS,
      steps: [{ weight: 50, duration: '1h' }],
      bake: '1h',
      spec: OBJECTIVE,
    });
    await using tape = new StatusTape(cluster, shop);
    await shop.ship(next, '2.0');
    await shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
    await shop.patch({ spec: { suspend: true } });
    await crashIn(mall, shop, 'Suspended');
    await shop.patch({ spec: { suspend: false } });
    await shop.until('resumption', TIMEOUT_MS, ({ phase }) => phase === 'Progressing');
    await shop.command('promote', next.digest);
    await shop.until('bake', TIMEOUT_MS, ({ phase }) => phase === 'Baking');
    await shop.command('abort', next.digest);
    await crashIn(mall, shop, 'RollingBack');
    await crashIn(mall, shop, 'RolledBack');
    const end = await shop.until('end', TIMEOUT_MS, ({ acted }) => acted === undefined);

    expect(end).toMatchObject({ phase: 'RolledBack', stable: { digest: good.digest } });
    expect(end.history?.map(({ verdict }) => verdict)).toEqual(['Aborted', 'Adopted']);
    expect(tape.changes(({ weight }) => weight)).toEqual([0, 50, 100, 0]);
    expect(repeated(await eventCounts(mall, shop), {})).toEqual([]);
    expect(await mall.deployments(shop)).toEqual(['checkout']);
    expect(await shop.images()).toEqual([good.reference]);
    const pods = await waitFor(
      'pods of stable and no others',
      TIMEOUT_MS,
      () => readyPods(cluster, shop.namespace, REPLICAS),
      (all) => all.every(({ spec }) => spec.containers[0]?.image === good.reference),
    );
    expect(pods).toHaveLength(REPLICAS);
  });
});
