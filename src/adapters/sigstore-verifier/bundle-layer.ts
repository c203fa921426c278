import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import { VerificationFailure } from './verification-failure.ts';

/** Those that exist. The library takes any version number and reads it as the newest. */
const MEDIA_TYPES: readonly string[] = [
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
];

export const isBundleLayer = (mediaType: string): boolean =>
  mediaType.startsWith('application/vnd.dev.sigstore.bundle');

/** Throws VerificationFailure, or whatever the library throws for content that it did not expect. */
export function readBundle(content: Uint8Array): Bundle {
  const json: unknown = JSON.parse(
    Buffer.from(content.buffer, content.byteOffset, content.length).toString(),
  );
  const mediaType = Object(json).mediaType;
  if (!MEDIA_TYPES.includes(mediaType)) {
    throw new VerificationFailure('UnsupportedFormat', `a bundle of type ${String(mediaType).slice(0, 80)}`);
  }
  return bundleFromJSON(json);
}
