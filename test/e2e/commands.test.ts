import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNOTATIONS, type Command, commandAnnotation } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import { installOperator } from '../cluster/operator.ts';
import type { Shop, ShopOptions } from '../cluster/shop.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { Mall } from '../support/mall.ts';

const cluster = await sharedCluster();
const TIMEOUT_MS = 120_000;
/** Whoever holds the kubeconfig of the tests; admission stamps the name. */
const PERSON = 'admin';

let mall: Mall;
beforeAll(async () => {
  await installOperator(cluster, { admission: true });
  mall = await Mall.open(cluster, 5);
});
afterAll(() => mall[Symbol.asyncDispose]());

/** As a dry run first, until admission, which learns of a new policy a moment late, stamps who it is. */
async function command(shop: Shop, order: Command, digest: string): Promise<void> {
  const body = { metadata: { annotations: { [commandAnnotation(order)]: digest } } };
  await waitFor(
    'a stamp',
    TIMEOUT_MS,
    () => shop.patch(body, { dryRun: 'All' }),
    ({ metadata }) => metadata.annotations?.[ANNOTATIONS.requestedBy] === PERSON,
  );
  await shop.patch(body);
}

async function untilTakenOff(shop: Shop, order: Command): Promise<void> {
  await waitFor(
    `${order} to be taken off`,
    TIMEOUT_MS,
    () => shop.stored(),
    ({ metadata }) => metadata.annotations?.[commandAnnotation(order)] === undefined,
  );
}

/** What a command that names `digest` must leave as it is. */
const essence = ({ phase, stable, candidate, history, pins }: Status) => ({
  phase,
  stable,
  candidate,
  history,
  pins,
});

/** The command names another digest than the one it could mean: nothing happens but a word. */
async function refuse(shop: Shop, order: Command, digest: string): Promise<void> {
  const before = await shop.until('a status', TIMEOUT_MS, () => true);
  await command(shop, order, digest);
  await untilTakenOff(shop, order);
  const after = await shop.until('no trace', TIMEOUT_MS, ({ acted }) => acted === undefined);
  expect(essence(after)).toEqual(essence(before));
  const words = await waitFor(
    'a word',
    TIMEOUT_MS,
    () => mall.events(shop),
    (events) => events.some(({ reason }) => reason === 'CommandRefused'),
  );
  const [word, ...more] = words.filter(({ reason }) => reason === 'CommandRefused');
  expect(word?.note).toContain(order);
  expect(word?.note).toContain(digest.slice(0, 16));
  expect(word?.note).toContain(PERSON);
  expect(more).toEqual([]);
}

const LONG = { steps: [{ weight: 50, duration: '1h' }], bake: '0s' };

/** Opens a shop, and ships; resolves once the canary stands. */
async function underTrial(options: ShopOptions) {
  const opened = await mall.openShop(options);
  await opened.shop.ship(opened.next, '2.0');
  await opened.shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
  return opened;
}

const untilPromoted = (shop: Shop, digest: string): Promise<Status> =>
  shop.until('promotion', TIMEOUT_MS, (s) => s.phase === 'Healthy' && s.stable?.digest === digest);

describe.concurrent('a command', () => {
  it('approve ends a step that waits for a person', async () => {
    const { shop, good, next } = await underTrial({ steps: [{ weight: 50, approval: true }], bake: '0s' });
    await shop.until('the question', TIMEOUT_MS, ({ phase }) => phase === 'Paused');
    await refuse(shop, 'approve', good.digest);
    await command(shop, 'approve', next.digest);
    const { history } = await untilPromoted(shop, next.digest);
    expect(history?.[0]).toMatchObject({ digest: next.digest, verdict: 'Promoted', approvedBy: PERSON });
    await untilTakenOff(shop, 'approve');
    expect(await shop.images()).toEqual([next.reference]);
  });

  it('abort rolls the candidate back, which stays refused', async () => {
    const { shop, good, tag, next } = await underTrial(LONG);
    await refuse(shop, 'abort', good.digest);
    await command(shop, 'abort', next.digest);
    const { history, stable } = await shop.until('roll-back', TIMEOUT_MS, (s) => s.phase === 'RolledBack');
    expect(stable?.digest).toBe(good.digest);
    expect(history?.[0]).toMatchObject({ digest: next.digest, verdict: 'Aborted', approvedBy: PERSON });
    await untilTakenOff(shop, 'abort');
    expect(await mall.deployments(shop)).toEqual(['checkout']);
    expect(await shop.images()).toEqual([tag]);
  });

  it('retry tries a refused digest again', async () => {
    const { shop, good, next } = await underTrial(LONG);
    await command(shop, 'abort', next.digest);
    await shop.until('roll-back', TIMEOUT_MS, ({ phase }) => phase === 'RolledBack');
    await untilTakenOff(shop, 'abort');
    await refuse(shop, 'retry', good.digest);
    await command(shop, 'retry', next.digest);
    const { candidate } = await shop.until('canary', TIMEOUT_MS, (s) => s.candidate?.weight === 50);
    expect(candidate).toMatchObject({ digest: next.digest, attempt: 2 });
    await untilTakenOff(shop, 'retry');
    const retried = (await mall.events(shop)).filter(({ reason }) => reason === 'Retried');
    expect(retried.map(({ note }) => note)).toEqual([expect.stringContaining(PERSON)]);
  });

  it('promote skips the rest of the canary', async () => {
    const { shop, good, next } = await underTrial(LONG);
    await refuse(shop, 'promote', good.digest);
    await command(shop, 'promote', next.digest);
    const { history } = await untilPromoted(shop, next.digest);
    expect(history?.[0]).toMatchObject({ digest: next.digest, verdict: 'Promoted', approvedBy: PERSON });
    await untilTakenOff(shop, 'promote');
    expect(await shop.images()).toEqual([next.reference]);
    expect(await mall.deployments(shop)).toEqual(['checkout']);
  });

  it('rollback-to returns to a digest from the history, and to no other', async () => {
    const { shop, good, next, push } = await underTrial(LONG);
    await command(shop, 'promote', next.digest);
    await untilPromoted(shop, next.digest);
    const stranger = await push({ mode: 'good', version: '3.0' });
    await refuse(shop, 'rollback-to', stranger.digest);
    await command(shop, 'rollback-to', good.digest);
    const { history, stable } = await shop.until('roll-back', TIMEOUT_MS, (s) => s.phase === 'RolledBack');
    expect(stable?.digest).toBe(good.digest);
    expect(history?.[0]).toMatchObject({
      digest: next.digest,
      verdict: 'RolledBack',
      reason: 'RollbackRequested',
      approvedBy: PERSON,
    });
    await untilTakenOff(shop, 'rollback-to');
    expect(await shop.images()).toEqual([good.reference]);
  });
});
