import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../../src/adapters/sigstore-verifier/collect-evidence.ts';
import { publicGoodRoot } from '../../../../src/adapters/sigstore-verifier/trusted-root.ts';
import type { Digest } from '../../../../src/api/scalars.ts';
import { attachedTo, referrer } from '../../../support/attached-artifact.ts';
import { keyless } from './authorities.ts';

/** Made by GitHub Actions for a package on npm, and published; from the test data of sigstore-go. */
const fixture = join(import.meta.dirname, '../../../fixtures/public-good/sigstore-js-2.0.0-provenance.json');
const bundle = JSON.parse(readFileSync(fixture, 'utf8'));
const { subject } = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
const DIGEST: Digest = `sha512:${subject[0].digest.sha512}`;

const contents = attachedTo(DIGEST, {
  ...referrer(bundle, DIGEST),
  layers: referrer(bundle, DIGEST).layers.map((one) => ({ ...one, mediaType: bundle.mediaType })),
});

const IDENTITY = {
  issuer: 'https://token.actions.githubusercontent.com',
  subjectRegExp:
    'https://github\\.com/sigstore/sigstore-js/\\.github/workflows/release\\.yml@refs/heads/main',
};

describe('trap 10: the public-good root that is shipped', () => {
  it('verifies without a network what was signed with it', () => {
    const { evidence, rejected } = collectEvidence(contents, [keyless(publicGoodRoot(), [IDENTITY])]);
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
    const other = { ...IDENTITY, subjectRegExp: 'https://github\\.com/sigstore/.*/publish\\.yml@.*' };
    const { rejected } = collectEvidence(contents, [keyless(publicGoodRoot(), [other])]);
    expect(rejected).toMatchObject([{ reason: 'IdentityMismatch' }]);
  });
});

describe('a trusted root', () => {
  it.each(['', '{', '{}', 'null', '{"tlogs":[{}]}'])('of %j makes its authority unavailable', (root) => {
    const { unavailable } = collectEvidence(contents, [keyless(root, [IDENTITY])]);
    expect(unavailable.get('policy/ci')).toMatchObject({ reason: 'AuthorityInvalid' });
  });
});
