import { createHash, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireCodeSigning } from '../../../../src/adapters/sigstore-verifier/certificate-identity.ts';
import { collectEvidence } from '../../../../src/adapters/sigstore-verifier/collect-evidence.ts';
import type { AttachedLayer } from '../../../../src/ports/artifact-contents.ts';
import {
  attached,
  layer,
  OTHER_SUBJECT,
  referrer,
  SIMPLE_SIGNING_LAYER,
  SUBJECT,
  signatureStatement,
  tagged,
} from '../../../support/attached-artifact.ts';
import { CertificateAuthority } from '../../../support/certificates.ts';
import { type PrivateSigstore, privateSigstore, type Witness } from '../../../support/private-sigstore.ts';
import { keyless } from './authorities.ts';

const WORKFLOW = {
  issuer: 'https://token.actions.example',
  subject: 'https://git.example/acme/app/.github/workflows/release.yml@refs/tags/v1',
  claims: { 12: 'https://git.example/acme/app', 13: 'a'.repeat(40) },
};

let sigstore: PrivateSigstore;

beforeAll(async () => {
  sigstore = await privateSigstore();
});

const authority = (options: Parameters<typeof keyless>[2] = {}) =>
  keyless(sigstore.trustedRoot, [{ issuer: WORKFLOW.issuer, subject: WORKFLOW.subject }], options);

const signed = async (witness: Witness = 'rekor1', subject = SUBJECT, certificate = WORKFLOW) =>
  await sigstore.signKeyless(signatureStatement(subject), certificate, witness);

async function reasonFor(bundle: object, ...authorities: readonly ReturnType<typeof authority>[]) {
  const { evidence, rejected } = collectEvidence(attached(referrer(bundle)), authorities);
  expect(evidence).toEqual([]);
  return rejected.map(({ reason }) => reason).join();
}

describe('a keyless signature', () => {
  it.each<[Witness, boolean]>([
    ['rekor1', true],
    ['rekor1+tsa', true],
    ['rekor2+tsa', true],
    ['tsa', false],
  ])('is taken with %s, and says who signed and when', async (witness, logRequired) => {
    const { evidence, rejected } = collectEvidence(attached(referrer(await signed(witness))), [
      authority({ logRequired }),
    ]);

    expect(rejected).toEqual([]);
    expect(evidence).toMatchObject([
      {
        authority: 'policy/ci',
        signedAt: sigstore.clock.toISOString(),
        content: { kind: 'Signature' },
        signer: {
          kind: 'Identity',
          issuer: WORKFLOW.issuer,
          subject: WORKFLOW.subject,
          claims: {
            sourceRepositoryURI: 'https://git.example/acme/app',
            sourceRepositoryDigest: 'a'.repeat(40),
          },
        },
      },
    ]);
  });

  it('is not taken without a log entry where one is required', async () => {
    expect(await reasonFor(await signed('tsa'), authority())).toBe('LogEntryInvalid');
  });

  it('is not taken without a stamp where one is required', async () => {
    expect(await reasonFor(await signed('rekor1'), authority({ timestampRequired: true }))).toBe(
      'TimestampInvalid',
    );
  });

  it('trap 6: is not taken without any signed time, and that is no crash', async () => {
    expect(await reasonFor(await signed('nobody'), authority({ logRequired: false }))).toBe(
      'TimestampInvalid',
    );
  });

  it('is not taken from another Sigstore', async () => {
    const elsewhere = await privateSigstore();
    const bundle = await elsewhere.signKeyless(signatureStatement(), WORKFLOW);
    expect(['CertificateUntrusted', 'LogEntryInvalid']).toContain(await reasonFor(bundle, authority()));
  });

  it('is not taken for another digest', async () => {
    expect(await reasonFor(await signed('rekor1', OTHER_SUBJECT), authority())).toBe('DigestMismatch');
  });

  it('is not taken with a payload that was changed', async () => {
    const bundle = await signed();
    bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(signatureStatement(OTHER_SUBJECT))).toString(
      'base64',
    );
    expect(['SignatureInvalid', 'LogEntryInvalid']).toContain(await reasonFor(bundle, authority()));
  });

  it('is not taken when the time of its log entry was moved', async () => {
    const bundle = structuredClone(await signed());
    const [entry] = bundle.verificationMaterial.tlogEntries as { integratedTime: string }[];
    if (entry) entry.integratedTime = String(Number(entry.integratedTime) + 60);
    expect(await reasonFor(bundle, authority())).toBe('LogEntryInvalid');
  });

  it('is not taken with a certificate that no certificate transparency log has, unless that is asked for', async () => {
    const unlogged = await privateSigstore({ withCtLog: false });
    const identities = [{ issuer: WORKFLOW.issuer, subject: WORKFLOW.subject }];
    const bundle = await unlogged.signKeyless(signatureStatement(), WORKFLOW);
    const asked = (ignoreSct: boolean) => keyless(unlogged.trustedRoot, identities, { ignoreSct });

    expect(await reasonFor(bundle, asked(false))).toBe('CertificateUntrusted');
    expect(collectEvidence(attached(referrer(bundle)), [asked(true)]).evidence).toHaveLength(1);
  });

  it('trap 9: is refused with a reason when the fraction of its stamp cannot be read', async () => {
    const clock = new Date('2026-01-01T00:00:00.100Z');
    const fractional = await privateSigstore({ clock });
    const bundle = await fractional.signKeyless(signatureStatement(), WORKFLOW, 'rekor1+tsa');
    const asked = keyless(fractional.trustedRoot, [{ issuer: WORKFLOW.issuer, subject: WORKFLOW.subject }]);
    const { rejected } = collectEvidence(attached(referrer(bundle)), [asked]);
    expect(rejected).toMatchObject([
      { reason: 'TimestampInvalid', message: 'the signed timestamp has a time that cannot be read' },
    ]);
  });

  it('trap 12: is not taken with a certificate that was not issued for signing code', async () => {
    using authorityOfServers = new CertificateAuthority();
    const server = new X509Certificate(authorityOfServers.issue('server').cert).raw;
    expect(() => requireCodeSigning(server)).toThrow(/not issued for signing code/);

    const bundle = await signed();
    bundle.verificationMaterial = {
      ...bundle.verificationMaterial,
      ...{ certificate: { rawBytes: server.toString('base64') } },
    };
    expect(await reasonFor(bundle, authority())).toBe('CertificateUntrusted');
  });

  it('trap 13: has the time of a log entry only where the log has signed it', async () => {
    const bundle = await signed('rekor2+tsa');
    const [entry] = bundle.verificationMaterial.tlogEntries as { integratedTime?: string }[];
    if (entry) entry.integratedTime = '1';
    const { evidence } = collectEvidence(attached(referrer(bundle)), [authority()]);
    expect(evidence).toMatchObject([{ signedAt: sigstore.clock.toISOString() }]);
  });

  it('trap 14: a log entry of another key does not vouch for it', async () => {
    const [one, other] = [await signed(), await signed()];
    one.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries;
    expect(await reasonFor(one, authority())).toBe('LogEntryInvalid');
  });
});

describe('the identity of a signer', () => {
  const taken = async (identity: Parameters<typeof keyless>[1][number]) =>
    collectEvidence(attached(referrer(await signed())), [keyless(sigstore.trustedRoot, [identity])]).evidence
      .length === 1;
  const { issuer, subject } = WORKFLOW;

  it('is compared exactly', async () => {
    expect(await taken({ issuer, subject })).toBe(true);
    expect(await taken({ issuer, subject: subject.slice(0, -1) })).toBe(false);
    expect(await taken({ issuer: 'https://token.example', subject })).toBe(false);
  });

  it('trap 7: is matched as a whole by an expression, not somewhere in it', async () => {
    const prefix = 'https://git\\.example/acme/app';
    expect(await taken({ issuer, subjectRegExp: `${prefix}/.*@refs/tags/v.*` })).toBe(true);
    expect(await taken({ issuer, subjectRegExp: prefix })).toBe(false);
    expect(await taken({ issuer, subjectRegExp: 'nothing|acme' })).toBe(false);
    expect(await taken({ issuerRegExp: 'https://token\\.actions', subject })).toBe(false);
    expect(await taken({ issuerRegExp: 'https://token\\.[a-z.]+', subject })).toBe(true);
  });

  it('trap 8: is matched in linear time', async () => {
    const start = performance.now();
    expect(await taken({ issuer, subjectRegExp: '(([a-z:/.]|[a-zA-Z:/.])*)*!' })).toBe(false);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('includes the claims that are asked for', async () => {
    expect(
      await taken({ issuer, subject, claims: { sourceRepositoryURI: 'https://git.example/acme/app' } }),
    ).toBe(true);
    expect(
      await taken({ issuer, subject, claims: { sourceRepositoryURI: 'https://git.example/acme' } }),
    ).toBe(false);
    expect(await taken({ issuer, subject, claims: { runnerEnvironment: 'hosted' } })).toBe(false);
    expect(await taken({ issuer, subject, claims: { constructor: 'Object' } })).toBe(false);
  });

  it('that does not fit is told to people', async () => {
    const { rejected } = collectEvidence(attached(referrer(await signed())), [
      keyless(sigstore.trustedRoot, [{ issuer, subject: 'https://git.example/other' }]),
    ]);
    expect(rejected).toMatchObject([
      { reason: 'IdentityMismatch', message: `it is signed by ${subject} (${issuer})`, claims: 'Signature' },
    ]);
  });

  it('makes the authority unavailable when it is no expression, or empty', async () => {
    const bad = (identity: Parameters<typeof keyless>[1][number]) =>
      collectEvidence(attached(), [keyless(sigstore.trustedRoot, [identity])]).unavailable.get('policy/ci');
    expect(bad({ issuer, subjectRegExp: '(' })).toMatchObject({ reason: 'AuthorityInvalid' });
    expect(bad({ issuer, subject: '' })).toMatchObject({ reason: 'AuthorityInvalid' });
    expect(bad({ issuer })).toMatchObject({ reason: 'AuthorityInvalid' });
  });
});

describe('a keyless signature in the layout of cosign 1 and 2', () => {
  const asked = () => authority();

  async function legacyLayer(subject = SUBJECT) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const certificate = await sigstore.certificateFor(publicKey, WORKFLOW);
    const pem = new X509Certificate(certificate as Uint8Array).toString();
    const payload = Buffer.from(
      JSON.stringify({
        critical: { type: 'cosign container image signature', image: { 'docker-manifest-digest': subject } },
      }),
    );
    const signature = sign('sha256', payload, privateKey).toString('base64');
    const [entry] = Object.values(
      await sigstore.log.log({
        apiVersion: '0.0.1',
        kind: 'hashedrekord',
        spec: {
          signature: { content: signature, publicKey: { content: Buffer.from(pem).toString('base64') } },
          data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') } },
        },
      }),
    );
    const { body, integratedTime, logIndex, logID, verification } = Object(entry);
    const bundle = {
      SignedEntryTimestamp: verification.signedEntryTimestamp,
      Payload: { body, integratedTime, logIndex, logID },
    };
    return layer(SIMPLE_SIGNING_LAYER, payload, {
      'dev.cosignproject.cosign/signature': signature,
      'dev.sigstore.cosign/certificate': pem,
      'dev.sigstore.cosign/bundle': JSON.stringify(bundle),
    });
  }

  const outcome = (one: AttachedLayer) => {
    const { evidence, rejected } = collectEvidence(attached(tagged('SignatureTag', one)), [asked()]);
    return { evidence, reasons: rejected.map(({ reason }) => reason) };
  };

  it('is taken with the entry in its annotations', async () => {
    expect(outcome(await legacyLayer())).toMatchObject({
      evidence: [
        {
          format: 'legacy',
          signedAt: sigstore.clock.toISOString(),
          signer: { kind: 'Identity', subject: WORKFLOW.subject },
          content: { kind: 'Signature' },
        },
      ],
    });
  });

  it('is refused for another digest, without its entry, and with one that was changed', async () => {
    expect(outcome(await legacyLayer(OTHER_SUBJECT)).reasons).toEqual(['DigestMismatch']);
    const good = await legacyLayer();
    const { 'dev.sigstore.cosign/bundle': entry = '', ...without } = good.annotations;
    expect(outcome({ ...good, annotations: without }).reasons).toEqual(['TimestampInvalid']);
    const moved = JSON.parse(entry);
    moved.Payload.integratedTime += 1;
    const annotations = { ...good.annotations, 'dev.sigstore.cosign/bundle': JSON.stringify(moved) };
    expect(outcome({ ...good, annotations }).reasons).toEqual(['LogEntryInvalid']);
    const broken = { ...good.annotations, 'dev.sigstore.cosign/bundle': '{}' };
    expect(outcome({ ...good, annotations: broken }).reasons).toEqual(['UnsupportedFormat']);
  });
});
