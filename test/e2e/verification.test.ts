import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { WorkloadImage } from '../cluster/cluster-client.ts';
import { type KeyName, LAYOUTS, type Layout } from '../cluster/cosign.ts';
import type { Shop } from '../cluster/shop.ts';
import { demand, Signer } from '../cluster/signer.ts';
import { podsOf } from '../cluster/web-workload.ts';
import { PREDICATES } from '../fixtures/cosign/predicates.ts';
import { sharedCluster } from '../support/cluster-client.ts';
import { Mall, type OpenedShop } from '../support/mall.ts';

const cluster = await sharedCluster();
/** Where it is not there yet, cosign is built first. */
const SETUP_TIMEOUT_MS = 15 * 60_000;
const TIMEOUT_MS = 60_000;
const SHOPS = Object.keys(LAYOUTS).length + 3;

let mall: Mall;
let signer: Signer;
beforeAll(async () => {
  mall = await Mall.open(cluster, SHOPS);
  signer = await Signer.open(cluster, ['p-256', 'p-384'], () => undefined);
}, SETUP_TIMEOUT_MS);
afterAll(async () => {
  await signer[Symbol.asyncDispose]();
  await mall[Symbol.asyncDispose]();
});

const authority = async (name: string, key: KeyName = 'p-256') => ({
  name,
  key: { data: await signer.publicKey(key) },
});

/** A shop that has adopted what runs, signed by nobody, before the policy asks for more of what comes next. */
async function openShop(
  requirements: object,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<OpenedShop> {
  const opened = await mall.openShop({
    bake: '1s',
    steps: [{ weight: 50, duration: '2s' }],
    spec,
  });
  onTestFinished(await demand(cluster, opened.shop.namespace, requirements));
  // Until the operator has seen the policy, what is shipped begins without it, and is rolled back later.
  await opened.shop.until('the policy', TIMEOUT_MS, ({ verification }) => verification?.state === 'Failed');
  return opened;
}

const isStable =
  ({ digest }: WorkloadImage) =>
  ({ phase, stable }: Status): boolean =>
    phase === 'Healthy' && stable?.digest === digest;

const isBlocked =
  (reason: string) =>
  ({ phase, conditions }: Status): boolean =>
    phase === 'Blocked' && conditions.some((one) => one.type === 'Verified' && one.reason === reason);

async function imagesThatRun({ namespace }: Shop): Promise<readonly string[]> {
  const pods = await podsOf(cluster, namespace);
  return pods.flatMap(({ spec }) => spec.containers.map(({ image }) => image));
}

describe.each(Object.keys(LAYOUTS) as Layout[])('a signature in the layout %s', (layout) => {
  it('lets a digest run that is blocked without it', async () => {
    const { shop, next } = await openShop({ authorities: [await authority('ci')] });
    await shop.ship(next, '2.0');
    const blocked = await shop.until('no', TIMEOUT_MS, isBlocked('NoMatchingSignature'));
    expect(blocked.message).toContain(next.digest.slice(7, 15));
    expect(await imagesThatRun(shop)).not.toContain(next.reference);
    expect((await shop.images())[0]).not.toContain(next.digest);

    await signer.sign(next, { layout });
    const end = await shop.until('promotion', TIMEOUT_MS, isStable(next));
    expect(end.verification).toMatchObject({
      digest: next.digest,
      state: 'Verified',
      signatures: [{ format: layout === 'bundle' ? 'bundle' : 'legacy' }],
    });
    expect(end.verification?.signatures[0]?.signer.keyFingerprint).toMatch(/^sha256:[a-f0-9]{64}$/);
  });
});

describe('a policy', () => {
  it('takes no signature by another key, whatever the release adds', async () => {
    const { shop, next } = await openShop(
      { authorities: [await authority('ci')] },
      { verification: { authorities: [await authority('mine', 'p-384')], mode: 'warn' } },
    );
    await signer.sign(next, { key: 'p-384' });
    await shop.ship(next, '2.0');
    await shop.until('no', TIMEOUT_MS, ({ phase }) => phase === 'Blocked');
    await signer.sign(next);
    await shop.until('promotion', TIMEOUT_MS, isStable(next));
  });

  it('asks for provenance, a bill of materials and a scan, and says which of them is missing', async () => {
    const { shop, next } = await openShop({
      authorities: [await authority('ci')],
      attestations: [
        {
          name: 'provenance',
          predicateTypes: ['slsaprovenance1'],
          provenance: { builderIDs: ['https://builder.example/v1'], requireCommit: true },
        },
        { name: 'sbom', predicateTypes: ['spdxjson', 'cyclonedx'], sbom: { minComponents: 1 } },
        {
          name: 'scan',
          predicateTypes: ['vuln'],
          vulnerabilities: { maxAge: '87600h', maxAllowed: { critical: 0, high: 1 } },
        },
      ],
    });
    await signer.sign(next);
    await signer.attest(next, 'slsaprovenance1', PREDICATES.slsaprovenance1);
    await signer.attest(next, 'vuln', PREDICATES.vuln);
    await shop.ship(next, '2.0');
    const blocked = await shop.until('no', TIMEOUT_MS, isBlocked('AttestationMissing'));
    expect(blocked.message).toContain('spdxjson or cyclonedx');

    await signer.attest(next, 'spdxjson', PREDICATES.spdxjson);
    const { verification } = await shop.until('promotion', TIMEOUT_MS, isStable(next));
    expect(verification).toMatchObject({
      provenance: {
        builder: 'https://builder.example/v1',
        source: 'https://git.example/shop/checkout',
        commit: '8f3c5e0d7b2a4916c8e1f0a9d3b5c7e2f4a60819',
      },
      sbom: { format: 'SPDX', components: 1, identifiedPercent: 100 },
      vulnerabilities: { high: 1 },
    });
  });

  it('is what a restarted operator still knows to be satisfied, without a word', async () => {
    const { shop, next } = await openShop({ authorities: [await authority('ci')] });
    await signer.sign(next);
    await shop.ship(next, '2.0');
    const before = await shop.until('promotion', TIMEOUT_MS, isStable(next));
    await mall.operator.kill();
    await mall.operator.start();
    await delay(5_000);
    const after = await shop.status();
    expect(after?.conditions).toEqual(before.conditions);
    expect(after?.verification).toEqual({
      ...before.verification,
      lastVerifiedTime: after?.verification?.lastVerifiedTime,
    });
  });
});
