import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Digest } from '../../src/api/scalars.ts';
import type { ArtifactContents, AttachedManifest } from '../../src/ports/artifact-contents.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/cosign');

const StoredManifest = z.object({
  digest: Digest,
  manifest: z.string(),
  blobs: z.record(z.string(), z.string()),
});

const Fixture = z.object({
  subject: Digest,
  referrers: z.array(StoredManifest),
  signatureTag: StoredManifest.optional(),
  attestationTag: StoredManifest.optional(),
});

const Manifest = z.object({
  subject: z.object({ digest: Digest }).optional(),
  layers: z.array(
    z.object({
      mediaType: z.string(),
      digest: Digest,
      size: z.int(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

export type CosignLayout = 'bundle' | 'legacy' | 'referrer';
export type CosignKey = 'p-256' | 'p-384' | 'p-521' | 'rsa-3072';

/** What the real cosign stored in a real registry, as whoever fetches it would hand it on. */
export function cosignFixture(layout: CosignLayout, key: CosignKey): ArtifactContents {
  const file = readFileSync(join(FOLDER, `${layout}-${key}.json`), 'utf8');
  const { subject, referrers, signatureTag, attestationTag } = Fixture.parse(JSON.parse(file));
  return {
    subject,
    attached: [
      ...referrers.map((one) => toAttached(one, 'Referrer')),
      ...(signatureTag ? [toAttached(signatureTag, 'SignatureTag')] : []),
      ...(attestationTag ? [toAttached(attestationTag, 'AttestationTag')] : []),
    ],
  };
}

export const cosignPublicKey = (key: CosignKey): string => readFileSync(join(FOLDER, `${key}.pub`), 'utf8');

function toAttached(
  { digest, manifest, blobs }: z.infer<typeof StoredManifest>,
  foundAs: AttachedManifest['foundAs'],
): AttachedManifest {
  const { subject, layers } = Manifest.parse(JSON.parse(manifest));
  return {
    digest,
    foundAs,
    ...(subject && { subject: subject.digest }),
    layers: layers.map((layer) => ({ ...layer, content: Buffer.from(blobs[layer.digest] ?? '', 'base64') })),
  };
}
