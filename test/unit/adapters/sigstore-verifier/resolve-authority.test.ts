import { describe, expect, it } from 'vitest';
import { resolveAuthority } from '../../../../src/adapters/sigstore-verifier/resolve-authority.ts';
import { Authority } from '../../../../src/api/authority-spec.ts';

const resolve = (spec: object, material: { pem?: string; trustedRoot?: string } = {}) =>
  resolveAuthority(
    'ArtifactPolicy prod',
    Authority.parse({ name: 'a', ...spec }),
    material,
    () => 'public good',
  );

const identities = [{ issuer: 'i', subject: 's' }];

describe('an authority', () => {
  it('of a key is asked for nothing but the signature', () => {
    expect(resolve({ key: { data: 'pem' } })).toEqual({
      id: 'ArtifactPolicy prod/a',
      logRequired: false,
      timestampRequired: false,
      trust: { kind: 'Key', pem: 'pem' },
    });
  });

  it('of certificates is asked for a log entry, and trusts the public-good root', () => {
    expect(resolve({ keyless: { identities } })).toMatchObject({
      logRequired: true,
      trust: { kind: 'Keyless', trustedRoot: 'public good', ignoreSct: false, identities },
    });
    expect(resolve({ keyless: { identities }, ctlog: { required: false } }).logRequired).toBe(false);
  });

  it('takes what it names from where it was read', () => {
    const named = { keyless: { identities, trustRootRef: { name: 'corp' } } };
    expect(resolve(named, { trustedRoot: '{}' })).toMatchObject({ trust: { trustedRoot: '{}' } });
    expect(() => resolve(named)).toThrow('corp holds no trusted root');
    const secret = { key: { secretRef: { name: 'cosign-pub' }, hashAlgorithm: 'sha384' } };
    expect(resolve(secret, { pem: 'pem' })).toMatchObject({ trust: { pem: 'pem', hashAlgorithm: 'sha384' } });
    expect(() => resolve(secret)).toThrow('cosign-pub holds no public key');
  });

  it('never falls back to the public-good root from one that is missing', () => {
    expect(() => resolve({ key: { data: 'pem', trustRootRef: { name: 'corp' } } })).toThrow('corp');
    expect(resolve({ key: { data: 'pem' }, ctlog: { required: true } })).toMatchObject({
      trust: { trustedRoot: 'public good' },
    });
  });
});
