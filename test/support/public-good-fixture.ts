import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../src/api/scalars.ts';
import { attachedTo, referrer } from './attached-artifact.ts';

const file = join(import.meta.dirname, '../fixtures/public-good/sigstore-js-2.0.0-provenance.json');
const bundle = JSON.parse(readFileSync(file, 'utf8'));
const { subject } = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
const DIGEST: Digest = `sha512:${subject[0].digest.sha512}`;

/** Made by GitHub Actions for a package on npm, and published; from the test data of sigstore-go. */
export const publicGoodContents = attachedTo(DIGEST, {
  ...referrer(bundle, DIGEST),
  layers: referrer(bundle, DIGEST).layers.map((one) => ({ ...one, mediaType: bundle.mediaType })),
});

/** Who signed it. */
export const PUBLIC_GOOD_IDENTITY = {
  issuer: 'https://token.actions.githubusercontent.com',
  subjectRegExp:
    'https://github\\.com/sigstore/sigstore-js/\\.github/workflows/release\\.yml@refs/heads/main',
};
