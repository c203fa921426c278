import { createHash } from 'node:crypto';
import type { Digest } from '../../src/api/scalars.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';

/** Bytes as a registry stores them. */
export interface Content {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export function content(mediaType: string, value: unknown, algorithm = 'sha256'): Content {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  return { mediaType, digest, bytes };
}

export const descriptorOf = ({ bytes, digest, mediaType }: Content) => ({
  mediaType,
  digest,
  size: bytes.length,
});

/** An image of one configuration and no layers, told from others by its name. */
export function anImage(name: string, algorithm?: string): { manifest: Content; config: Content } {
  const config = content('application/vnd.oci.image.config.v1+json', { name });
  const manifest = content(
    MANIFEST,
    { schemaVersion: 2, mediaType: MANIFEST, config: descriptorOf(config), layers: [] },
    algorithm,
  );
  return { manifest, config };
}

/** An artifact attached to `subject`, with one layer, as cosign makes them. */
export function aReferrer(
  subject: Content,
  name: string,
): { manifest: Content; layer: Content; config: Content } {
  const config = content(EMPTY, {});
  const layer = content(BUNDLE, { bundle: name });
  const manifest = content(MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: descriptorOf(config),
    layers: [descriptorOf(layer)],
    subject: descriptorOf(subject),
  });
  return { manifest, layer, config };
}

export const anIndex = (manifests: readonly Content[]): Content =>
  content(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: manifests.map(descriptorOf) });
