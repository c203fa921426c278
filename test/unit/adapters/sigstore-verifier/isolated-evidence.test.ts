import { generateKeyPairSync } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, describe, expect, it } from 'vitest';
import { IsolatedEvidence } from '../../../../src/adapters/sigstore-verifier/isolated-evidence.ts';
import { Authority } from '../../../../src/api/authority-spec.ts';
import type { ReadAuthority } from '../../../../src/ports/evidence-collector.ts';
import {
  attached,
  BUNDLE_LAYER,
  layer,
  referrer,
  SUBJECT,
  signatureStatement,
  statementAbout,
} from '../../../support/attached-artifact.ts';
import { signWithKey } from '../../../support/private-sigstore.ts';
import { pemOf } from './authorities.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const trusted = (spec: object): ReadAuthority => ({
  policy: 'policy',
  authority: Authority.parse({ name: 'release', ...spec }),
  material: {},
});
const authorities = [trusted({ key: { data: pemOf(publicKey) } })];
const small = attached(referrer(signWithKey(signatureStatement(), privateKey)));

/** About 20 MB, as a generator makes it of an image with 45,000 packages. */
function hugeSbom(): object {
  const packages = Array.from({ length: 45_000 }, (_, i) => ({
    name: `package-${i}`,
    versionInfo: `1.0.${i}`,
    SPDXID: `SPDXRef-Package-${i}`,
    downloadLocation: 'NOASSERTION',
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: `pkg:npm/p${i}@1` },
    ],
    checksums: [{ algorithm: 'SHA256', checksumValue: i.toString(16).padStart(64, '0') }],
  }));
  const predicate = { spdxVersion: 'SPDX-2.3', creationInfo: { created: '2026-11-24T06:00:00Z' }, packages };
  return signWithKey(statementAbout(SUBJECT, 'https://spdx.dev/Document', predicate), privateKey);
}

const forever = new AbortController().signal;

/** Of all that neither ends the process nor has limits of its own: each start takes a second of a processor. */
const isolated = new IsolatedEvidence();
afterAll(() => isolated[Symbol.asyncDispose]());

describe('evidence collected in another process', () => {
  it('is what is collected without one', async () => {
    const [one, two] = await Promise.all([
      isolated.collect(small, authorities, forever),
      isolated.collect(small, authorities, forever),
    ]);
    expect(one).toMatchObject({ known: true, collected: { evidence: [{ content: { kind: 'Signature' } }] } });
    expect(two).toEqual(one);
  });

  it('trap 17: lets the event loop go on while it reads a bill of materials of 20 MB', async () => {
    const contents = attached(referrer(hugeSbom()));
    expect(contents.attached[0]?.layers[0]?.size).toBeGreaterThan(20_000_000);
    await isolated.collect(small, authorities, forever);

    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const result = await isolated.collect(contents, authorities, forever);
    delay.disable();

    expect(result).toMatchObject({
      known: true,
      collected: {
        evidence: [{ content: { facts: { kind: 'Sbom', components: 45_000, identified: 45_000 } } }],
      },
    });
    // Copying the bytes to the process is what is left; parsing them alone takes ten times as long.
    expect(delay.percentile(99) / 1e6).toBeLessThan(250);
  });

  it('that takes too long is unknown, and says how long it took', async () => {
    await using isolated = new IsolatedEvidence({ timeoutMs: 1 });
    expect(await isolated.collect(small, authorities, forever)).toEqual({
      known: false,
      reason: 'VerifierFailed',
      message: 'what is attached could not be examined: it took longer than 0.001 s',
    });
  });

  it('that needs more memory than there is costs one answer, not the operator', async () => {
    await using isolated = new IsolatedEvidence({ maxHeapMb: 24 });
    // Signed by nobody: 6 MB of text that become ten times as much when they are parsed.
    const bomb = layer(BUNDLE_LAYER, Buffer.from(`[${'[],'.repeat(2_000_000)}0]`));
    const contents = attached({ ...referrer({}), layers: [bomb] });
    expect(await isolated.collect(contents, authorities, forever)).toMatchObject({
      known: false,
      reason: 'VerifierFailed',
      message: expect.stringMatching(/has died \(SIGABRT\)/),
    });
    expect(await isolated.collect(small, authorities, forever)).toMatchObject({ known: true });
  });

  it('is missing for the authority alone whose key or root is not there', async () => {
    const absent = trusted({ name: 'absent', key: { secretRef: { name: 'cosign-pub' } } });
    const rootless = trusted({
      name: 'rootless',
      keyless: { identities: [{ issuer: 'i', subject: 's' }], trustRootRef: { name: 'corp' } },
    });
    const result = await isolated.collect(small, [absent, rootless, ...authorities], forever);
    expect(result).toMatchObject({ known: true, collected: { evidence: [{ authority: 'policy/release' }] } });
    expect(result.known && [...result.collected.unavailable]).toEqual([
      ['policy/absent', { reason: 'KeyUnavailable', message: 'cosign-pub holds no public key' }],
      ['policy/rootless', { reason: 'TrustRootUnavailable', message: 'corp holds no trusted root' }],
    ]);
  });

  it('ends with the one who asked', async () => {
    expect(
      await isolated.collect(small, authorities, AbortSignal.abort(new Error('shutting down'))),
    ).toMatchObject({
      known: false,
      message: 'what is attached could not be examined: shutting down',
    });
    expect(await isolated.collect(small, authorities, forever)).toMatchObject({ known: true });
  });
});
