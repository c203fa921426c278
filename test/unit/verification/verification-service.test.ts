import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { settle } from '../../support/fake-clock.ts';
import { anEntry, aStatus } from '../../support/releases.ts';
import { aKeyPair, byKey, Verifier } from '../../support/verifier.ts';

const ci = aKeyPair();
const stranger = aKeyPair();
const MINUTE = 60_000;

let verifier: Verifier;
beforeEach(async () => {
  verifier = await Verifier.start();
  onTestFinished(() => verifier[Symbol.asyncDispose]());
});

/** Until a reading that goes on in the background has been told of. */
async function untilWoken(): Promise<void> {
  const before = verifier.woken.length;
  while (verifier.woken.length === before) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a digest of which nobody asks any proof', () => {
  it('is not read, not even once', async () => {
    expect(await verifier.verify(verifier.push('a').digest)).toMatchObject({
      state: 'Satisfied',
      reason: 'NotRequired',
    });
    expect(verifier.registry.received).toEqual([]);
  });

  it('is refused all the same when it is revoked', async () => {
    const { digest } = verifier.push('a');
    verifier.revoke({ digests: [digest] });
    expect(await verifier.verify(digest)).toMatchObject({
      state: 'Refused',
      reason: 'Revoked',
      message: expect.stringMatching(/revoked by ArtifactRevocation incident: stolen$/),
      revocations: [{ revocation: 'incident', action: 'Rollback' }],
    });
  });
});

describe('a signed digest', () => {
  it('is verified, and the record says by whom', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    expect(await verifier.verify(image.digest)).toMatchObject({
      state: 'Satisfied',
      reason: 'Verified',
      until: new Date('2026-11-24T13:00:00Z'),
      record: {
        digest: image.digest,
        state: 'Verified',
        lastVerifiedTime: '2026-11-24T12:00:00.000Z',
        signatures: [
          {
            authority: 'ArtifactPolicy prod/ci',
            signer: { keyFingerprint: expect.stringMatching(/^sha256:/) },
          },
        ],
      },
    });
  });

  it('costs no request again until its interval is over, whoever asks in its namespace', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    await verifier.verify(image.digest);
    verifier.registry.received.length = 0;
    await verifier.clock.advance(59 * MINUTE);
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
    expect(await verifier.verify(image.digest, undefined, { release: 'other' })).toMatchObject({
      state: 'Satisfied',
    });
    expect(verifier.registry.received).toEqual([]);
  });

  it('is read for another namespace by itself: what one tenant may read is not told to another', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    await verifier.verify(image.digest);
    verifier.registry.received.length = 0;
    await verifier.verify(image.digest, undefined, { namespace: 'elsewhere' });
    expect(verifier.registry.received).not.toEqual([]);
  });

  it('stays verified while it is read again, and is unknown once that fails', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    await verifier.verify(image.digest);
    verifier.registry.quirk = () => ({ status: 401 });
    await verifier.clock.advance(61 * MINUTE);
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
    await untilWoken();
    expect(await verifier.verify(image.digest)).toMatchObject({
      state: 'Unknown',
      reason: 'RegistryUnauthorized',
    });
    verifier.registry.quirk = () => undefined;
    await verifier.clock.advance(MINUTE);
    await verifier.verify(image.digest);
    await untilWoken();
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
  });
});

describe('a reading', () => {
  it('is shared by those who ask at once', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    const asked = ['one', 'two', 'three'].map((release) =>
      verifier.verify(image.digest, undefined, { release }),
    );
    const proofs = await Promise.all(asked);
    expect(proofs.map(({ state }) => state)).toEqual(['Satisfied', 'Satisfied', 'Satisfied']);
    const manifests = verifier.registry.requests.filter((one) => one === `GET manifests/${image.digest}`);
    expect(manifests).toHaveLength(1);
  });

  it('that takes longer than a pass may wait is pending, and wakes whoever asked', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    verifier.registry.quirk = () => 'hang';
    const asked = verifier.verify(image.digest);
    await settle();
    await verifier.clock.advance(2_000);
    expect(await asked).toMatchObject({ state: 'Unknown', reason: 'VerificationPending', pending: true });
    verifier.registry.quirk = () => undefined;
    verifier.registry.drop();
    await untilWoken();
    expect(verifier.woken).toEqual(['shop/checkout']);
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
  });

  it('is soon done again for a digest that lacks something: pipelines sign after they push', async () => {
    const image = verifier.push('a');
    verifier.demand(byKey(ci));
    const refused = await verifier.verify(image.digest);
    expect(refused).toMatchObject({
      state: 'Refused',
      reason: 'NoMatchingSignature',
      until: new Date('2026-11-24T12:00:05Z'),
    });
    verifier.sign(image, ci);
    await verifier.clock.advance(5_000);
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Refused' });
    await untilWoken();
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
  });

  it('is repeated ever less often for a digest that goes on lacking something, and at least every 5 minutes', async () => {
    const image = verifier.push('a');
    verifier.demand(byKey(ci));
    const pauses: number[] = [];
    for (let round = 0; round < 9; round++) {
      const { until } = await verifier.verify(image.digest);
      const pause = (until?.getTime() ?? 0) - verifier.clock.now().getTime();
      pauses.push(pause / 1000);
      await verifier.clock.advance(pause);
      await verifier.verify(image.digest);
      await untilWoken();
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  });
});

describe('what the platform demands', () => {
  it('is judged anew at every use, without reading anew', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    verifier.demand(byKey(ci));
    await verifier.verify(image.digest);
    verifier.registry.received.length = 0;
    verifier.revoke({ digests: [image.digest], action: 'Report' });
    expect(await verifier.verify(image.digest)).toMatchObject({
      reason: 'Revoked',
      record: { state: 'Revoked', revokedBy: ['incident'] },
      revocations: [{ action: 'Report' }],
    });
    verifier.revocations = [];
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
    expect(verifier.registry.received).toEqual([]);
  });

  it('cannot be weakened by the release', async () => {
    const image = verifier.push('a');
    verifier.sign(image, stranger);
    verifier.demand(byKey(ci));
    expect(await verifier.verify(image.digest, byKey(stranger))).toMatchObject({
      state: 'Refused',
      message: expect.stringContaining('ArtifactPolicy prod'),
    });
  });

  it('is unknown while the namespace is, or where a policy is not understood', async () => {
    const { digest } = verifier.push('a');
    verifier.demand(byKey(ci));
    verifier.labels = undefined;
    expect(await verifier.verify(digest)).toMatchObject({ state: 'Unknown', reason: 'NamespaceUnknown' });
    verifier.policies.push({ valid: false, name: 'strange', problem: 'spec.mode: Invalid option' });
    expect(await verifier.verify(digest)).toMatchObject({
      state: 'Unknown',
      reason: 'PolicyInvalid',
      message: expect.stringContaining('ArtifactPolicy strange'),
    });
  });

  it('is only warned of in mode warn', async () => {
    const image = verifier.push('a');
    verifier.demand(byKey(ci, { mode: 'warn' }));
    expect(await verifier.verify(image.digest)).toMatchObject({
      state: 'Satisfied',
      record: { warnings: [expect.stringContaining('ArtifactPolicy prod asks for signature')] },
    });
  });

  it('finds its keys in the namespace of the operator, a release in its own', async () => {
    const image = verifier.push('a');
    verifier.sign(image, ci);
    const asked = { authorities: [{ name: 'ci', key: { secretRef: { name: 'cosign-pub' } } }] };
    verifier.demand(asked);
    verifier.entries.set('artifactrelease-system/cosign-pub', ci.pem);
    verifier.entries.set('shop/cosign-pub', stranger.pem);
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Satisfied' });
    expect(await verifier.verify(image.digest, asked)).toMatchObject({
      state: 'Refused',
      message: expect.stringContaining('ArtifactRelease asks for signature'),
    });
  });
});

describe('a promotion elsewhere', () => {
  const promotedAt = (finishedAt: string, digest: string) =>
    aStatus({
      stable: { digest, promotedAt: finishedAt },
      history: [anEntry({ digest, verdict: 'Promoted', finishedAt })],
    });

  it('is waited for, and no registry is asked about it', async () => {
    const { digest } = verifier.push('a');
    verifier.demand({ minAuthorities: 0, promotedIn: [{ namespace: 'staging', for: '24h' }] });
    expect(await verifier.verify(digest)).toMatchObject({ state: 'Unknown', reason: 'NotPromotedYet' });
    verifier.statuses.set('staging/checkout', promotedAt('2026-11-23T18:00:00Z', digest));
    expect(await verifier.verify(digest)).toMatchObject({
      state: 'Unknown',
      until: new Date('2026-11-24T18:00:00Z'),
    });
    verifier.statuses.set('staging/checkout', promotedAt('2026-11-23T12:00:00Z', digest));
    expect(await verifier.verify(digest)).toMatchObject({ state: 'Satisfied' });
    expect(verifier.registry.received).toEqual([]);
  });
});
