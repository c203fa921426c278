import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { GROUP, VERSION } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { ArtifactRevocation } from '../../src/api/artifact-revocation.ts';
import type { WorkloadImage } from '../cluster/cluster-client.ts';
import { installOperator } from '../cluster/operator.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { podsOf } from '../cluster/web-workload.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { Mall, type OpenedShop } from '../support/mall.ts';

const cluster = await sharedCluster();
const REVOCATIONS = { group: GROUP, version: VERSION, resource: 'artifactrevocations' };
const TIMEOUT_MS = 60_000;

let mall: Mall;
beforeAll(async () => {
  await installOperator(cluster, { admission: true });
  mall = await Mall.open(cluster, 3);
});
afterAll(() => mall[Symbol.asyncDispose]());

/** A digest that no other test releases: a revocation is for the whole cluster. */
const pushOnlyHere = ({ push }: OpenedShop): Promise<WorkloadImage> =>
  push({ mode: 'good', version: randomBytes(8).toString('hex') });

async function revoke(spec: object): Promise<string> {
  const name = `test-${randomBytes(4).toString('hex')}`;
  await cluster.api.create(resourcePath(REVOCATIONS), {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'ArtifactRevocation',
    metadata: { name },
    spec: { reason: 'the build machine was taken over', ...spec },
  });
  onTestFinished(async () => {
    await cluster.api.delete(resourcePath(REVOCATIONS, { name }));
  });
  return name;
}

const statusOf = async (name: string): Promise<ArtifactRevocation['status']> =>
  (await cluster.api.get<ArtifactRevocation>(resourcePath(REVOCATIONS, { name }))).status;

async function untilListed(name: string, { shop }: OpenedShop, state: string): Promise<void> {
  await waitFor(
    `${state} in the revocation`,
    TIMEOUT_MS,
    () => statusOf(name),
    (status) =>
      status?.releases?.some((one) => one.namespace === shop.namespace && one.state === state) ?? false,
  );
}

const isStable =
  ({ digest }: WorkloadImage) =>
  ({ phase, stable }: Status): boolean =>
    phase === 'Healthy' && stable?.digest === digest;

async function promoted(): Promise<OpenedShop & { readonly bad: WorkloadImage }> {
  const opened = await mall.openShop({ bake: '1s', steps: [{ weight: 50, duration: '1s' }] });
  const bad = await pushOnlyHere(opened);
  await opened.shop.ship(bad, '6.6');
  await opened.shop.until('promotion', TIMEOUT_MS, isStable(bad));
  return { ...opened, bad };
}

it('lists what it would do, and does nothing, as a dry run; then everything returns to the good digest', async () => {
  const opened = await promoted();
  const { shop, bad, good } = opened;
  const rehearsal = await revoke({ digests: [bad.digest], dryRun: true });
  await untilListed(rehearsal, opened, 'WouldAffect');
  expect(await shop.status()).toMatchObject({ phase: 'Healthy', stable: { digest: bad.digest } });

  const name = await revoke({ digests: [bad.digest] });
  const end = await shop.until(
    'roll-back',
    TIMEOUT_MS,
    ({ phase, stable }) => phase === 'RolledBack' && stable?.digest === good.digest,
  );
  expect(end.history?.[0]).toMatchObject({ digest: bad.digest, verdict: 'RolledBack', reason: 'Revoked' });
  expect(end.history?.[0]?.message).toContain(name);
  expect(end.message).toContain('the build machine was taken over');
  await untilListed(name, opened, 'RolledBack');
  await waitFor(
    'no pod of the revoked digest',
    TIMEOUT_MS,
    () => podsOf(cluster, shop.namespace),
    (pods) => !JSON.stringify(pods.map(({ spec }) => spec)).includes(bad.digest),
  );
});

it('ends a canary in mid-step, and the digest does not come back by itself', async () => {
  const opened = await mall.openShop({ steps: [{ weight: 50, duration: '10m' }] });
  const { shop } = opened;
  const bad = await pushOnlyHere(opened);
  await shop.ship(bad, '6.6');
  await shop.until('canary', TIMEOUT_MS, ({ candidate }) => candidate?.weight === 50);
  await revoke({ digests: [bad.digest] });
  const end = await shop.until(
    'abort',
    TIMEOUT_MS,
    ({ phase }) => phase === 'RolledBack' || phase === 'Blocked',
  );
  expect(end.candidate?.weight ?? 0).toBe(0);
  expect(await mall.deployments(shop)).toEqual(['checkout']);
});

it('keeps pods of a revoked digest out at the API server, also those of nobody', async () => {
  const opened = await mall.emptyShop();
  const bad = await pushOnlyHere(opened);
  const name = await revoke({ digests: [bad.digest] });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'by-hand' },
    spec: { containers: [{ name: 'app', image: bad.reference }] },
  };
  const path = resourcePath(
    { group: '', version: 'v1', resource: 'pods' },
    { namespace: opened.shop.namespace },
  );
  const refusal = await waitFor(
    'a refusal',
    TIMEOUT_MS,
    () => cluster.api.create(path, pod, { query: { dryRun: 'All' } }).then(() => '', String),
    (text) => text !== '',
  );
  expect(refusal).toContain(name);
  expect(refusal).toContain('the build machine was taken over');
});
