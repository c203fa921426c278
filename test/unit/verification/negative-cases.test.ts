import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PREDICATES } from '../../fixtures/cosign/predicates.ts';
import { signatureStatement, statementAbout } from '../../support/attached-artifact.ts';
import {
  anImage,
  anIndex,
  aReferrer,
  type Content,
  content,
  descriptorOf,
  INDEX,
} from '../../support/oci-content.ts';
import { type PrivateSigstore, privateSigstore, signWithKey } from '../../support/private-sigstore.ts';
import { error } from '../../support/scripted-registry.ts';
import { aKeyPair, byKey, Verifier } from '../../support/verifier.ts';

const ci = aKeyPair();
const stranger = aKeyPair();
const WORKFLOW = {
  issuer: 'https://token.actions.example',
  subject: 'https://git.example/acme/app/release.yml@refs/tags/v1',
};

let sigstore: PrivateSigstore;
beforeAll(async () => {
  sigstore = await privateSigstore();
});

let verifier: Verifier;
let image: Content;
beforeEach(async () => {
  verifier = await Verifier.start();
  onTestFinished(() => verifier[Symbol.asyncDispose]());
  image = verifier.push('checkout');
});

const keyless = (identity: object = WORKFLOW) => ({
  authorities: [{ name: 'ci', keyless: { trustRootRef: { name: 'corp' }, identities: [identity] } }],
});

/** What is said of the image under a policy. */
async function verdict(policy: object): Promise<string> {
  verifier.demand(policy);
  const { state, reason } = await verifier.verify(image.digest);
  return `${state}: ${reason}`;
}

const withAttestation = (gate: object): object => byKey(ci, { attestations: [{ name: 'gate', ...gate }] });

describe('a digest is refused', () => {
  it('when nothing is attached to it', async () => {
    expect(await verdict(byKey(ci))).toBe('Refused: NoMatchingSignature');
  });

  it('when another key has signed it', async () => {
    verifier.sign(image, stranger);
    expect(await verdict(byKey(ci))).toBe('Refused: SignatureInvalid');
  });

  it('when another identity has signed it, also one that only begins like it', async () => {
    verifier.entries.set('artifactrelease-system/corp', sigstore.trustedRoot);
    const certificate = { ...WORKFLOW, subject: `${WORKFLOW.subject}-evil` };
    verifier.attach(image, await sigstore.signKeyless(signatureStatement(image.digest), certificate));
    expect(await verdict(keyless({ issuer: WORKFLOW.issuer, subjectRegExp: WORKFLOW.subject }))).toBe(
      'Refused: IdentityMismatch',
    );
  });

  it('when the signature is of another digest, attached to this one', async () => {
    const other = anImage('other').manifest;
    verifier.attach(image, signWithKey(signatureStatement(other.digest), ci.privateKey));
    expect(await verdict(byKey(ci))).toBe('Refused: DigestMismatch');
  });

  it('when the payload was changed after it was signed', async () => {
    const bundle = signWithKey(signatureStatement(anImage('other').manifest.digest), ci.privateKey);
    const payload = Buffer.from(JSON.stringify(signatureStatement(image.digest))).toString('base64');
    verifier.attach(image, { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } });
    expect(await verdict(byKey(ci))).toBe('Refused: SignatureInvalid');
  });

  it('when the type of the payload is not that of a statement', async () => {
    const payloadType = 'application/vnd.other+json';
    verifier.attach(image, signWithKey(signatureStatement(image.digest), ci.privateKey, { payloadType }));
    expect(await verdict(byKey(ci))).toBe('Refused: UnsupportedFormat');
  });

  it('when an attestation is passed off as its signature', async () => {
    verifier.attest(image, ci, 'https://cosign.sigstore.dev/attestation/vuln/v1', PREDICATES.vuln);
    expect(await verdict(byKey(ci))).toBe('Refused: NoMatchingSignature');
  });

  it('when its scan is too old', async () => {
    verifier.sign(image, ci);
    verifier.attest(image, ci, 'https://cosign.sigstore.dev/attestation/vuln/v1', PREDICATES.vuln);
    const gate = { predicateTypes: ['vuln'], vulnerabilities: { maxAge: '1h' } };
    expect(await verdict(withAttestation(gate))).toBe('Refused: ScanTooOld');
  });

  it('when its bill of materials is missing', async () => {
    verifier.sign(image, ci);
    expect(await verdict(withAttestation({ predicateTypes: ['spdxjson'], sbom: {} }))).toBe(
      'Refused: AttestationMissing',
    );
  });

  it('when its signer is revoked, also by an expression', async () => {
    verifier.entries.set('artifactrelease-system/corp', sigstore.trustedRoot);
    verifier.attach(image, await sigstore.signKeyless(signatureStatement(image.digest), WORKFLOW));
    expect(await verdict(keyless())).toBe('Satisfied: Verified');
    verifier.revoke({
      identities: [{ issuer: WORKFLOW.issuer, subjectRegExp: 'https://git\\.example/acme/.*' }],
    });
    expect(await verifier.verify(image.digest)).toMatchObject({ state: 'Refused', reason: 'Revoked' });
  });

  it('when a signal says so, where the policy does', async () => {
    verifier.sign(image, ci);
    verifier.registry.tag('v1', anImage('other').manifest);
    verifier.demand(byKey(ci, { refuseOn: ['TagMoved'] }));
    const { repository } = verifier;
    const artifact = { repository, digest: image.digest, tag: 'v1' };
    expect(await verifier.verify(image.digest, undefined, { artifact })).toMatchObject({
      state: 'Refused',
      reason: 'TagMoved',
      record: { signals: [{ type: 'TagMoved' }] },
    });
  });
});

describe('nothing is known', () => {
  it.each([
    ['401', { status: 401 }, 'Unknown: RegistryUnauthorized'],
    ['429', error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '30' }), 'Unknown: RateLimited'],
  ])('from a registry that answers %s', async (_, answer, expected) => {
    verifier.registry.quirk = () => answer;
    expect(await verdict(byKey(ci))).toBe(expected);
  });

  it('before the time is over that the registry asks for', async () => {
    verifier.registry.quirk = () => error(429, 'TOOMANYREQUESTS', 'slow down', { 'retry-after': '30' });
    await verdict(byKey(ci));
    const { until } = await verifier.verify(image.digest);
    expect(until).toEqual(new Date('2026-11-24T12:00:30Z'));
    const before = verifier.registry.received.length;
    await verifier.clock.advance(29_000);
    await verifier.verify(image.digest);
    expect(verifier.registry.received).toHaveLength(before);
  });

  it('of a digest that the registry does not have', async () => {
    const { digest } = anImage('never pushed').manifest;
    verifier.demand(byKey(ci));
    expect(await verifier.verify(digest)).toMatchObject({
      state: 'Unknown',
      reason: 'RegistryUnavailable',
      message: expect.stringContaining('it was never pushed there, or is deleted'),
    });
  });

  it('when so much is attached that it is not all read', async () => {
    const attached = Array.from({ length: 200 }, (_, index) => aReferrer(image, `${index}`).manifest);
    verifier.registry.tag(image.digest.replace(':', '-'), anIndex(attached));
    expect(await verdict(byKey(ci))).toBe('Unknown: TooManyReferrers');
  });

  it('without the key that the policy names', async () => {
    verifier.sign(image, ci);
    expect(await verdict({ authorities: [{ name: 'ci', key: { secretRef: { name: 'cosign-pub' } } }] })).toBe(
      'Unknown: KeyUnavailable',
    );
  });

  it('where an expression of a revocation is none', async () => {
    verifier.entries.set('artifactrelease-system/corp', sigstore.trustedRoot);
    verifier.attach(image, await sigstore.signKeyless(signatureStatement(image.digest), WORKFLOW));
    verifier.revoke({ identities: [{ issuer: WORKFLOW.issuer, subjectRegExp: '(' }] });
    expect(await verdict(keyless())).toBe('Unknown: PolicyInvalid');
  });
});

describe('what is attached is found', () => {
  it('under the referrers tag although the registry has the API by now', async () => {
    verifier.sign(image, ci);
    verifier.registry.referrersApi = true;
    verifier.registry.quirk = ({ path }) =>
      path.includes('/referrers/')
        ? {
            status: 200,
            headers: { 'content-type': INDEX },
            body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }),
          }
        : undefined;
    expect(await verdict(byKey(ci))).toBe('Satisfied: Verified');
  });

  it('on a platform of an index, for a policy that takes it from there; a signature is not', async () => {
    const index = content(INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ ...descriptorOf(image), platform: { os: 'linux', architecture: 'amd64' } }],
    });
    verifier.registry.put(index);
    verifier.sign(index, ci);
    verifier.attest(image, ci, 'https://spdx.dev/Document', PREDICATES.spdxjson);
    const gate = { name: 'sbom', predicateTypes: ['spdxjson'] };
    const policy = byKey(ci, { attestations: [gate], platforms: ['linux/amd64'] });
    verifier.demand(policy);
    expect(await verifier.verify(index.digest)).toMatchObject({ state: 'Satisfied' });
    verifier.demand(byKey(ci, { attestations: [gate] }), 'stricter');
    expect(await verifier.verify(index.digest)).toMatchObject({
      reason: 'AttestationMissing',
      message: expect.stringContaining('ArtifactPolicy stricter'),
    });
    verifier.policies = [];
    verifier.demand(byKey(stranger, { platforms: ['linux/amd64'] }));
    verifier.sign(image, stranger);
    expect(await verifier.verify(index.digest)).toMatchObject({ state: 'Refused' });
  });

  it('beside what is not understood, too large or not what its list says', async () => {
    verifier.sign(image, ci);
    verifier.attach(image, { mediaType: 'text/plain' });
    verifier.attach(
      image,
      signWithKey(statementAbout(image.digest, 'x', 'y'.repeat(1000)), stranger.privateKey),
    );
    const { manifest } = aReferrer(anImage('other').manifest, 'of another');
    verifier.registry.put(manifest);
    expect(await verdict(byKey(ci))).toBe('Satisfied: Verified');
  });
});
