import type { Bundle } from '@sigstore/bundle';
import type { Digest } from '../../api/scalars.ts';

/** One signed thing in the one form that the verifier reads, whichever layout it was stored in. */
export interface SignedItem {
  readonly manifestDigest: Digest;
  readonly format: 'bundle' | 'legacy';
  readonly bundle: Bundle;
  /** The bytes that a signature over a message is over; a DSSE envelope carries its own. */
  readonly message?: Buffer;
}

/** Above this many bytes a layer is not read: parsing takes several times its size in memory. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024;

export const MEDIA_TYPE = {
  simpleSigning: 'application/vnd.dev.cosign.simplesigning.v1+json',
  dsseEnvelope: 'application/vnd.dsse.envelope.v1+json',
} as const;
