import { describe, expect, it } from 'vitest';
import { projectRevocation } from '../../../../src/adapters/kubernetes/policy-projection.ts';
import { problemOfExpression } from '../../../../src/adapters/sigstore-verifier/expression.ts';
import { digestOf } from '../../../support/release-manifest.ts';
import { aRevocation } from '../../../support/revocations.ts';

const project = (spec: object, status?: unknown) =>
  projectRevocation(problemOfExpression)({ ...aRevocation(spec), status }).understood;

const issuer = 'https://issuer.example';

describe('a stored revocation', () => {
  it('is understood, and so are its expressions', () => {
    const identities = [{ issuer, subjectRegExp: 'https://git\\.example/.*' }];
    expect(project({ identities })).toMatchObject({ valid: true, value: { spec: { identities } } });
  });

  it('is not understood when an expression is none: it may be about anything', () => {
    const identities = [{ issuer }, { issuer, subjectRegExp: '(?<=a)b' }];
    const understood = project({ identities });
    expect(understood).toMatchObject({ valid: false, name: 'incident-7' });
    expect('problem' in understood && understood.problem).toMatch(
      /^spec\.identities\.1\.subjectRegExp: not an RE2 expression: .+/,
    );
  });

  it('is understood whatever a newer operator wrote into its status', () => {
    const digests = [digestOf('a')];
    const understood = project({ digests }, { observedGeneration: 1, releases: 'a newer form' });
    expect(understood).toMatchObject({ valid: true, value: { spec: { digests } } });
    expect('value' in understood && understood.value.status).toBeUndefined();
  });
});
