import { describe, expect, it } from 'vitest';
import { ArtifactRevocationSpec } from '../../../../src/api/artifact-revocation.ts';
import type { Evidence, Signer } from '../../../../src/domain/verification/evidence.ts';
import { revokedBecause } from '../../../../src/domain/verification/revocation.ts';
import { OTHER_SUBJECT, SUBJECT } from '../../../support/attached-artifact.ts';
import { attestationBy, keySigner, signatureBy } from '../../../support/evidence.ts';

const because = (revocation: object, evidence: readonly Evidence[] = []) =>
  revokedBecause(
    { digests: [SUBJECT], evidence },
    ArtifactRevocationSpec.parse({ reason: 'incident 7', ...revocation }),
    (expression, text) => new RegExp(`^(?:${expression})$`).test(text),
  );

const certified = (claims: Record<string, string> = {}): Signer => ({
  kind: 'Identity',
  issuer: 'https://issuer.example',
  subject: 'https://git.example/acme/release.yml',
  claims,
});

const fingerprint = keySigner('leaked').kind === 'Key' ? Object(keySigner('leaked')).fingerprint : '';
const byLeakedKey = (signedAt?: string) =>
  signatureBy('a', { signer: keySigner('leaked'), ...(signedAt !== undefined && { signedAt }) });

describe('a revocation', () => {
  it('of a digest is about that digest', () => {
    expect(because({ digests: [SUBJECT] })).toBe(`the digest ${SUBJECT} is revoked`);
    expect(because({ digests: [OTHER_SUBJECT] })).toBeUndefined();
  });

  it('of a key is about what it signed', () => {
    expect(because({ keys: [fingerprint] }, [byLeakedKey()])).toBe(
      `its signing key ${fingerprint} is revoked`,
    );
    expect(because({ keys: [fingerprint] }, [signatureBy('a')])).toBeUndefined();
  });

  it('of a key spares what was provably signed before, and nothing that proves no time', () => {
    const spec = { keys: [fingerprint], signedAfter: '2026-11-01T00:00:00Z' };
    expect(because(spec, [byLeakedKey('2026-10-31T23:59:59.000Z')])).toBeUndefined();
    expect(because(spec, [byLeakedKey('2026-11-01T00:00:00.000Z')])).toBeDefined();
    expect(because(spec, [byLeakedKey()])).toBeDefined();
    const until = { keys: [fingerprint], signedBefore: '2026-11-01T00:00:00Z' };
    expect(because(until, [byLeakedKey('2026-11-01T00:00:00.000Z')])).toBeUndefined();
  });

  it('of an identity needs everything that it names', () => {
    const evidence = [signatureBy('a', { signer: certified({ runInvocationURI: 'run/1' }) })];
    const identity = (one: object) =>
      because({ identities: [{ issuer: 'https://issuer.example', ...one }] }, evidence);
    expect(identity({})).toBeDefined();
    expect(identity({ subjectRegExp: 'https://git\\.example/.*' })).toBeDefined();
    expect(identity({ subjectRegExp: 'https://git' })).toBeUndefined();
    expect(identity({ subject: 'https://git.example/other' })).toBeUndefined();
    expect(identity({ claims: { runInvocationURI: 'run/1' } })).toBeDefined();
    expect(identity({ claims: { runInvocationURI: 'run/2' } })).toBeUndefined();
  });

  it('of a builder or commit is about what the provenance or the certificate names', () => {
    const commit = 'a'.repeat(40);
    const facts = { kind: 'Provenance', builder: 'https://builder.example', commit } as const;
    const provenance = attestationBy('a', 'https://slsa.dev/provenance/v1', facts);
    expect(because({ builders: ['https://builder.example'] }, [provenance])).toMatch(/builder/);
    expect(because({ commits: [commit] }, [provenance])).toMatch(/commit/);
    expect(because({ commits: ['b'.repeat(40)] }, [provenance])).toBeUndefined();
    const lying = { ...provenance, signer: certified({ sourceRepositoryDigest: 'b'.repeat(40) }) };
    expect(because({ commits: ['b'.repeat(40)] }, [lying])).toMatch(/commit/);
    expect(because({ commits: [commit] }, [lying])).toMatch(/commit/);
    const signature = signatureBy('a', { signer: certified({ sourceRepositoryDigest: commit }) });
    expect(because({ commits: [commit] }, [signature])).toMatch(/commit/);
  });
});
