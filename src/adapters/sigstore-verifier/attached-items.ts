import type { Rejected } from '../../domain/verification/evidence.ts';
import type { ArtifactContents, AttachedLayer, AttachedManifest } from '../../ports/artifact-contents.ts';
import { isBundleLayer, readBundle } from './bundle-layer.ts';
import { isLegacyLayer, readLegacyLayer } from './legacy-layer.ts';
import { MAX_CONTENT_BYTES, MEDIA_TYPE, type SignedItem } from './signed-item.ts';
import { toFailure, VerificationFailure } from './verification-failure.ts';

export interface AttachedItems {
  readonly items: readonly SignedItem[];
  readonly rejected: readonly Rejected[];
}

/**
 * What is attached, in one form whatever the layout: bundles as referrers (A), cosign's legacy tags (B), and legacy
 * signatures as referrers (C). Chosen by the media types of layers; the types that registries report are unreliable.
 */
export function readItems(contents: ArtifactContents): AttachedItems {
  const items: SignedItem[] = [];
  const rejected: Rejected[] = [];
  for (const manifest of contents.attached) {
    for (const layer of manifest.layers) {
      if (!isBundleLayer(layer.mediaType) && !isLegacyLayer(layer.mediaType)) continue;
      try {
        requireSubject(manifest, contents);
        items.push(readItem(manifest, layer));
      } catch (error) {
        const { reason, message } = toFailure(error);
        rejected.push({ manifestDigest: manifest.digest, reason, message });
      }
    }
  }
  return { items, rejected };
}

/** A referrer is one because it says so itself, not because some list names it. */
function requireSubject(manifest: AttachedManifest, { subject }: ArtifactContents): void {
  if (manifest.foundAs !== 'Referrer' || manifest.subject === subject) return;
  throw new VerificationFailure(
    'DigestMismatch',
    `its manifest refers to ${manifest.subject ?? 'nothing'}, not to this digest`,
  );
}

function readItem(manifest: AttachedManifest, layer: AttachedLayer): SignedItem {
  const { content } = layer;
  if (content === undefined || content.length > MAX_CONTENT_BYTES) {
    throw new VerificationFailure(
      'ContentTooLarge',
      `a layer of ${layer.size} bytes; at most ${MAX_CONTENT_BYTES} are read`,
    );
  }
  if (isBundleLayer(layer.mediaType)) {
    return { manifestDigest: manifest.digest, format: 'bundle', bundle: readBundle(content) };
  }
  const message = Buffer.from(content.buffer, content.byteOffset, content.length);
  return {
    manifestDigest: manifest.digest,
    format: 'legacy',
    bundle: readLegacyLayer(layer, message),
    ...(layer.mediaType === MEDIA_TYPE.simpleSigning && { message }),
  };
}
