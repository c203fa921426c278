import { describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../../src/adapters/sigstore-verifier/collect-evidence.ts';
import { publicGoodRoot } from '../../../../src/adapters/sigstore-verifier/shipped-root.ts';
import { PUBLIC_GOOD_IDENTITY, publicGoodContents } from '../../../support/public-good-fixture.ts';
import { keyless } from './authorities.ts';

describe('trap 10: the public-good root that is shipped', () => {
  it('verifies without a network what was signed with it', () => {
    const { evidence, rejected } = collectEvidence(publicGoodContents, [
      keyless(publicGoodRoot(), [PUBLIC_GOOD_IDENTITY]),
    ]);
    expect(rejected).toEqual([]);
    expect(evidence).toMatchObject([
      {
        signedAt: '2023-08-18T16:05:35.000Z',
        signer: {
          claims: {
            sourceRepositoryURI: 'https://github.com/sigstore/sigstore-js',
            sourceRepositoryRef: 'refs/heads/main',
          },
        },
        content: {
          kind: 'Attestation',
          predicateType: 'https://slsa.dev/provenance/v1',
          facts: {
            kind: 'Provenance',
            builder: 'https://github.com/actions/runner/github-hosted',
            source: 'https://github.com/sigstore/sigstore-js',
          },
        },
      },
    ]);
  });

  it('does not vouch for another identity', () => {
    const other = {
      ...PUBLIC_GOOD_IDENTITY,
      subjectRegExp: 'https://github\\.com/sigstore/.*/publish\\.yml@.*',
    };
    const { rejected } = collectEvidence(publicGoodContents, [keyless(publicGoodRoot(), [other])]);
    expect(rejected).toMatchObject([{ reason: 'IdentityMismatch' }]);
  });
});

describe('a trusted root', () => {
  it.each(['', '{', '{}', 'null', '{"tlogs":[{}]}'])('of %j makes its authority unavailable', (root) => {
    const { unavailable } = collectEvidence(publicGoodContents, [keyless(root, [PUBLIC_GOOD_IDENTITY])]);
    expect(unavailable.get('policy/ci')).toMatchObject({ reason: 'AuthorityInvalid' });
  });
});
