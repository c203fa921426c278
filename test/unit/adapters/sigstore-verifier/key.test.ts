import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ResolvedAuthority } from '../../../../src/adapters/sigstore-verifier/authority.ts';
import { collectEvidence } from '../../../../src/adapters/sigstore-verifier/collect-evidence.ts';
import {
  attached,
  BUNDLE_LAYER,
  DSSE_LAYER,
  digestOf,
  layer,
  OTHER_SUBJECT,
  referrer,
  SIMPLE_SIGNING_LAYER,
  SUBJECT,
  signatureStatement,
  statementAbout,
  tagged,
} from '../../../support/attached-artifact.ts';
import { privateSigstore, signWithKey } from '../../../support/private-sigstore.ts';
import { byKey, pemOf } from './authorities.ts';

const ec = (namedCurve = 'prime256v1') => generateKeyPairSync('ec', { namedCurve });
const keys = ec();
const trusted = byKey(pemOf(keys.publicKey));

const reasons = (contents: Parameters<typeof collectEvidence>[0], authority: ResolvedAuthority = trusted) => {
  const { evidence, rejected } = collectEvidence(contents, [authority]);
  expect(evidence).toEqual([]);
  return rejected.map(({ reason }) => reason).join();
};

const signedBundle = (subject = SUBJECT, privateKey: KeyObject = keys.privateKey) =>
  signWithKey(signatureStatement(subject), privateKey);

function simpleSigning(
  subject = SUBJECT,
  privateKey: KeyObject = keys.privateKey,
  hash: string | null = 'sha256',
  type = 'cosign container image signature',
) {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': 'r/app' },
        image: { 'docker-manifest-digest': subject },
        type,
      },
      optional: null,
    }),
  );
  const signature = sign(hash, payload, privateKey).toString('base64');
  return layer(SIMPLE_SIGNING_LAYER, payload, { 'dev.cosignproject.cosign/signature': signature });
}

describe('a signature by key', () => {
  it.each([
    ['as a bundle (layout A)', () => referrer(signedBundle()), 'bundle'],
    ['under a tag (layout B)', () => tagged('SignatureTag', simpleSigning()), 'legacy'],
    [
      'as a referrer of the old format (layout C)',
      () => ({ ...tagged('SignatureTag', simpleSigning()), foundAs: 'Referrer' as const, subject: SUBJECT }),
      'legacy',
    ],
  ])('is taken %s', (_, manifest, format) => {
    const one = manifest();
    const { evidence, rejected } = collectEvidence(attached(one), [trusted]);
    expect(rejected).toEqual([]);
    expect(evidence).toEqual([
      {
        authority: 'policy/release',
        manifestDigest: one.digest,
        format,
        signer: { kind: 'Key', fingerprint: expect.stringMatching(/^sha256:[a-f0-9]{64}$/) },
        content: { kind: 'Signature' },
      },
    ]);
  });

  it.each([
    ['bundle', (key: KeyObject) => referrer(signedBundle(SUBJECT, key))],
    ['tag', (key: KeyObject) => tagged('SignatureTag', simpleSigning(SUBJECT, key))],
  ])('of another key is refused (%s)', (_, manifest) => {
    expect(reasons(attached(manifest(ec().privateKey)))).toBe('SignatureInvalid');
  });

  it('trap 1: of another digest is refused, in each layout', () => {
    expect(reasons(attached(referrer(signedBundle(OTHER_SUBJECT))))).toBe('DigestMismatch');
    expect(reasons(attached(tagged('SignatureTag', simpleSigning(OTHER_SUBJECT))))).toBe('DigestMismatch');
  });

  it('trap 1: is refused when the payload or its type was changed', () => {
    const payload = signedBundle(OTHER_SUBJECT);
    payload.dsseEnvelope.payload = signedBundle(SUBJECT).dsseEnvelope.payload;
    expect(reasons(attached(referrer(payload)))).toBe('SignatureInvalid');

    const payloadType = signedBundle();
    payloadType.dsseEnvelope.payloadType = 'application/vnd.in-toto+json; charset=utf-8';
    expect(reasons(attached(referrer(payloadType)))).toBe('SignatureInvalid');
  });

  it('trap 1: is refused when what was signed is no statement of in-toto', () => {
    const typed = signWithKey(signatureStatement(), keys.privateKey, { payloadType: 'application/json' });
    expect(reasons(attached(referrer(typed)))).toBe('UnsupportedFormat');
    const old = signWithKey(
      { ...signatureStatement(), _type: 'https://in-toto.io/Statement/v2' },
      keys.privateKey,
    );
    expect(reasons(attached(referrer(old)))).toBe('UnsupportedFormat');
    const bare = signWithKey({ ...signatureStatement(), subject: [] }, keys.privateKey);
    expect(reasons(attached(referrer(bare)))).toBe('UnsupportedFormat');
    const weak = signWithKey(
      { ...signatureStatement(), subject: [{ digest: { sha1: 'a' } }] },
      keys.privateKey,
    );
    expect(reasons(attached(referrer(weak)))).toBe('DigestMismatch');
  });

  it('that was attached again under another digest is refused', () => {
    const copied = referrer(signedBundle(OTHER_SUBJECT), SUBJECT);
    expect(reasons(attached(copied))).toBe('DigestMismatch');
  });

  it('in a manifest that refers to another digest, or to none, is refused whatever listed it', () => {
    expect(reasons(attached(referrer(signedBundle(), OTHER_SUBJECT)))).toBe('DigestMismatch');
    const { subject: _, ...orphan } = referrer(signedBundle());
    expect(reasons(attached(orphan))).toBe('DigestMismatch');
  });

  it('trap 2: an attestation is none', () => {
    const vuln = 'https://cosign.sigstore.dev/attestation/vuln/v1';
    const statement = statementAbout(SUBJECT, vuln);
    const { evidence } = collectEvidence(attached(referrer(signWithKey(statement, keys.privateKey))), [
      trusted,
    ]);
    expect(evidence).toMatchObject([{ content: { kind: 'Attestation', predicateType: vuln } }]);
  });

  it('trap 2: a payload that says it is something else is none', () => {
    const other = simpleSigning(
      SUBJECT,
      keys.privateKey,
      'sha256',
      'https://cosign.sigstore.dev/attestation/vuln/v1',
    );
    expect(reasons(attached(tagged('SignatureTag', other)))).toBe('UnsupportedFormat');
  });

  it('among the attestations of the old layout is none', () => {
    const { dsseEnvelope } = signedBundle();
    expect(reasons(attached(tagged('AttestationTag', layer(DSSE_LAYER, dsseEnvelope))))).toBe(
      'UnsupportedFormat',
    );
  });

  it('is found beside many of strangers, which fail nothing', () => {
    const strangers = Array.from({ length: 20 }, () => referrer(signedBundle(SUBJECT, ec().privateKey)));
    const { evidence, rejected } = collectEvidence(attached(...strangers, referrer(signedBundle())), [
      trusted,
    ]);
    expect([evidence.length, rejected.length]).toEqual([1, 20]);
  });
});

describe('trap 3: keys of every kind', () => {
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength });

  it.each([
    ['P-256', ec, 'sha256'],
    ['P-384', () => ec('secp384r1'), 'sha384'],
    ['P-384 with the hash of older cosign', () => ec('secp384r1'), 'sha256'],
    ['P-521', () => ec('secp521r1'), 'sha512'],
    ['RSA 2048', () => rsa(2048), 'sha256'],
    ['RSA 3072', () => rsa(3072), 'sha256'],
  ])('%s', (_, generate, hash) => {
    const { publicKey, privateKey } = generate();
    const bundle = referrer(signWithKey(signatureStatement(), privateKey, { hash }));
    const legacy = tagged('SignatureTag', simpleSigning(SUBJECT, privateKey, hash));
    expect(collectEvidence(attached(bundle, legacy), [byKey(pemOf(publicKey))]).evidence).toHaveLength(2);
  });

  it('take only the hash that the authority names', () => {
    const { publicKey, privateKey } = ec('secp384r1');
    const bundle = referrer(signWithKey(signatureStatement(), privateKey, { hash: 'sha256' }));
    expect(reasons(attached(bundle), byKey(pemOf(publicKey), { hashAlgorithm: 'sha384' }))).toBe(
      'SignatureInvalid',
    );
  });

  it('work with a log whose library hashes everything with SHA-256', async () => {
    const { publicKey, privateKey } = ec('secp384r1');
    const sigstore = await privateSigstore();
    const plain = signWithKey(signatureStatement(), privateKey, { hash: 'sha384' });
    const [signature] = plain.dsseEnvelope.signatures;
    const bundle = await sigstore.witnessed(
      Buffer.from(plain.dsseEnvelope.payload, 'base64'),
      Buffer.from(signature?.sig ?? '', 'base64'),
      { publicKey: { hint: '' } },
      pemOf(publicKey),
      'rekor1+tsa',
    );
    const authority = byKey(pemOf(publicKey), { trustedRoot: sigstore.trustedRoot, logRequired: true });
    const { evidence, rejected } = collectEvidence(attached(referrer(bundle)), [authority]);
    expect(rejected).toEqual([]);
    expect(evidence).toMatchObject([
      { signedAt: sigstore.clock.toISOString(), content: { kind: 'Signature' } },
    ]);
  });

  it('trap 4: Ed25519 only as DSSE without a prehash, for cosign’s own is not to be had', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const bundle = referrer(signWithKey(signatureStatement(), privateKey, { hash: null }));
    const authority = byKey(pemOf(publicKey));
    expect(collectEvidence(attached(bundle), [authority]).evidence).toHaveLength(1);
    const message = tagged('SignatureTag', simpleSigning(SUBJECT, privateKey, null));
    expect(reasons(attached(message), authority)).toBe('UnsupportedKey');
  });

  it('that cannot be trusted make their authority unavailable, in words', () => {
    const problem = (pem: string) =>
      collectEvidence(attached(), [byKey(pem)]).unavailable.get('policy/release');
    expect(problem('nothing')?.message).toContain('there is no PUBLIC KEY block in it');
    expect(problem(pemOf(rsa(1024).publicKey))?.message).toContain('an RSA key of 1024 bits');
    expect(problem(pemOf(ec('secp256k1').publicKey))?.message).toContain('secp256k1');
    expect(problem('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----')?.reason).toBe(
      'AuthorityInvalid',
    );
  });

  it('are several in one authority while they are rotated', () => {
    const pem = pemOf(ec().publicKey) + pemOf(keys.publicKey);
    expect(collectEvidence(attached(referrer(signedBundle())), [byKey(pem)]).evidence).toHaveLength(1);
  });
});

describe('a key and a log', () => {
  it('trap 5: a log entry that nobody can check is not held against the signature', async () => {
    const sigstore = await privateSigstore();
    const plain = signedBundle();
    const [signature] = plain.dsseEnvelope.signatures;
    const bundle = await sigstore.witnessed(
      Buffer.from(plain.dsseEnvelope.payload, 'base64'),
      Buffer.from(signature?.sig ?? '', 'base64'),
      { publicKey: { hint: '' } },
      pemOf(keys.publicKey),
      'rekor1+tsa',
    );
    const { evidence } = collectEvidence(attached(referrer(bundle)), [trusted]);
    expect(evidence).toHaveLength(1);
    expect(evidence[0]).not.toHaveProperty('signedAt');

    const elsewhere = byKey(pemOf(keys.publicKey), { trustedRoot: (await privateSigstore()).trustedRoot });
    expect(['LogEntryInvalid', 'TimestampInvalid']).toContain(reasons(attached(referrer(bundle)), elsewhere));
  });

  it('is refused without an entry where one is required', async () => {
    const { trustedRoot } = await privateSigstore();
    const authority = byKey(pemOf(keys.publicKey), { trustedRoot, logRequired: true });
    expect(reasons(attached(referrer(signedBundle())), authority)).toBe('LogEntryInvalid');
  });
});

describe('trap 11: content that is not what it says', () => {
  it.each([
    ['null', Buffer.from('null')],
    ['no JSON', Buffer.from('{')],
    ['an empty object', Buffer.from('{}')],
    ['a list', Buffer.from('[]')],
    ['a future bundle', Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v9.9+json"}')],
    ['a bundle without content', Buffer.from(`{"mediaType":"${BUNDLE_LAYER}"}`)],
    ['not text', Buffer.from([0xff, 0xfe, 0])],
  ])('is refused: %s', (_, content) => {
    const manifest = { ...referrer({}), layers: [layer(BUNDLE_LAYER, content)] };
    expect(reasons(attached(manifest))).toBe('UnsupportedFormat');
    expect(reasons(attached(tagged('AttestationTag', layer(DSSE_LAYER, content))))).toBe('UnsupportedFormat');
    expect(['UnsupportedFormat', 'SignatureInvalid']).toContain(
      reasons(attached(tagged('SignatureTag', layer(SIMPLE_SIGNING_LAYER, content)))),
    );
  });

  it('is refused with two signatures, of which one might be good', () => {
    const bundle = signedBundle();
    bundle.dsseEnvelope.signatures.push({ sig: 'AAAA', keyid: '' });
    expect(reasons(attached(referrer(bundle)))).toBe('UnsupportedFormat');
  });

  it('trap 17: is refused when it is larger than is read', () => {
    const { content: _, ...unread } = layer(BUNDLE_LAYER, signedBundle());
    const manifest = { ...referrer(signedBundle()), layers: [{ ...unread, size: 100_000_000 }] };
    expect(reasons(attached(manifest))).toBe('ContentTooLarge');
  });

  it('is passed over when it is no signature at all', () => {
    const manifest = { ...referrer({}), layers: [layer('application/vnd.example', {})] };
    expect(collectEvidence(attached(manifest), [trusted])).toEqual({
      evidence: [],
      rejected: [],
      unavailable: new Map(),
    });
  });
});

describe('trap 16: annotations', () => {
  it('are not believed: the digest and the time that they name mean nothing', () => {
    const { annotations, ...signature } = simpleSigning(OTHER_SUBJECT);
    const lie = {
      ...annotations,
      'org.opencontainers.image.created': '2026-01-01T00:00:00Z',
      'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1',
      digest: SUBJECT,
    };
    expect(reasons(attached(tagged('SignatureTag', { ...signature, annotations: lie })))).toBe(
      'DigestMismatch',
    );
    const honest = simpleSigning();
    const { evidence } = collectEvidence(
      attached(tagged('SignatureTag', { ...honest, annotations: { ...lie, ...honest.annotations } })),
      [trusted],
    );
    expect(evidence[0]).not.toHaveProperty('signedAt');
  });
});

it('the digests of the support are what they say', () => {
  expect(digestOf('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
