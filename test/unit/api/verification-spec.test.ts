import { describe, expect, it } from 'vitest';
import { ArtifactPolicySpec } from '../../../src/api/artifact-policy.ts';
import { ArtifactRevocationSpec } from '../../../src/api/artifact-revocation.ts';
import { toStructuralSchema } from '../../../src/api/structural-schema.ts';
import { Verification } from '../../../src/api/verification-spec.ts';

const key = { name: 'release', key: { data: 'pem' } };
const keyless = {
  name: 'ci',
  keyless: { identities: [{ issuer: 'https://issuer.example', subjectRegExp: 'https://git\\.example/.*' }] },
};

const problem = (spec: object) => {
  const result = Verification.safeParse(spec);
  return result.success ? undefined : result.error.issues.map(({ message }) => message).join('; ');
};

describe('spec.verification', () => {
  it('has defaults that ask for a signature and hold the release', () => {
    expect(Verification.parse({ authorities: [key] })).toMatchObject({
      mode: 'enforce',
      signatureFormat: 'auto',
      minAuthorities: 1,
      reverifyInterval: '1h',
    });
  });

  it('that asks for nothing is a mistake, not a pass', () => {
    expect(problem({})).toBeDefined();
    expect(problem({ authorities: [] })).toBeDefined();
    expect(problem({ authorities: [key], minAuthorities: 0 })).toMatch(/asks for nothing/);
    expect(
      problem({
        authorities: [key],
        minAuthorities: 0,
        attestations: [{ name: 'x', predicateTypes: ['vuln'] }],
      }),
    ).toBeUndefined();
  });

  it('names only authorities that it has', () => {
    const attestation = { name: 'x', predicateTypes: ['vuln'] };
    expect(problem({ authorities: [key], requiredAuthorities: ['ci'] })).toMatch(/names the authority ci/);
    expect(problem({ authorities: [key], attestations: [{ ...attestation, authorities: ['ci'] }] })).toMatch(
      /authority ci/,
    );
    expect(
      problem({
        authorities: [key],
        attestations: [{ ...attestation, vulnerabilities: { vexAuthorities: ['ci'] } }],
      }),
    ).toMatch(/authority ci/);
    expect(problem({ authorities: [key], minAuthorities: 2 })).toMatch(/larger than/);
    expect(problem({ authorities: [key, keyless], requiredAuthorities: ['ci'] })).toBeUndefined();
  });

  it('trap 7: wants an issuer and a subject of every identity', () => {
    const identity = (one: object) =>
      problem({ authorities: [{ ...keyless, keyless: { identities: [one] } }] });
    expect(identity({ issuer: 'i' })).toMatch(/subject/);
    expect(identity({ subject: 's' })).toMatch(/issuer/);
    expect(identity({ issuer: '', subject: 's' })).toBeDefined();
    expect(identity({ issuer: 'i', issuerRegExp: 'i', subject: 's' })).toMatch(/issuer/);
    expect(identity({ issuer: 'i', subject: 's' })).toBeUndefined();
  });

  it('wants one kind of trust of every authority, and one gate at most of every attestation', () => {
    expect(problem({ authorities: [{ name: 'a' }] })).toMatch(/either key or keyless/);
    expect(problem({ authorities: [{ ...key, keyless: keyless.keyless }] })).toMatch(/either key or keyless/);
    expect(problem({ authorities: [{ name: 'a', key: {} }] })).toMatch(/either secretRef or data/);
    const two = { name: 'x', predicateTypes: ['vuln'], sbom: {}, provenance: {} };
    expect(problem({ authorities: [key], attestations: [two] })).toMatch(/at most one/);
  });

  it('lets nothing be ignored for ever', () => {
    const ignoring = (entry: object) =>
      problem({
        authorities: [key],
        attestations: [{ name: 'x', predicateTypes: ['vuln'], vulnerabilities: { ignore: [entry] } }],
      });
    expect(ignoring({ id: 'CVE-1', reason: 'known' })).toBeDefined();
    expect(ignoring({ id: 'CVE-1', until: 'some day', reason: 'known' })).toBeDefined();
    expect(ignoring({ id: 'CVE-1', until: '2027-01-01T00:00:00Z', reason: 'known' })).toBeUndefined();
  });
});

describe('the schemas of verification', () => {
  it.each([
    ['spec.verification', Verification],
    ['ArtifactPolicy', ArtifactPolicySpec],
    ['ArtifactRevocation', ArtifactRevocationSpec],
  ])('%s is one that the API server takes', (_, schema) => {
    expect(toStructuralSchema(schema, '.spec')).toMatchObject({ type: 'object' });
  });
});

describe('a revocation', () => {
  it('says why', () => {
    expect(ArtifactRevocationSpec.safeParse({ digests: [] }).success).toBe(false);
    expect(
      ArtifactRevocationSpec.parse({ reason: 'key leaked', keys: [`sha256:${'a'.repeat(64)}`] }),
    ).toMatchObject({
      action: 'Rollback',
      dryRun: false,
    });
  });
});
