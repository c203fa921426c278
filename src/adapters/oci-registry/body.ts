import { createHash } from 'node:crypto';
import type { Digest } from '../../api/scalars.ts';
import { RegistryError } from '../../ports/registry-error.ts';

/** A body read whole, and the digest of its bytes. */
export interface HashedBody {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** Reads a body whole. TooLarge, and the connection is dropped, once it is longer than `maxBytes`. */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  onChunk: (chunk: Uint8Array) => void = () => undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw new RegistryError('TooLarge', `it is longer than ${maxBytes} bytes`);
    onChunk(chunk);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** The same, hashed as it arrives, so that a large one does not hold up the loop in one go. */
export async function readHashed(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  algorithm: string,
): Promise<HashedBody> {
  const hash = createHash(algorithm);
  const bytes = await readBounded(body, maxBytes, (chunk) => hash.update(chunk));
  return { bytes, digest: `${algorithm}:${hash.digest('hex')}` };
}

/** DigestMismatch unless the bytes are what was asked for, whatever the headers say. */
export function requireDigest(body: HashedBody, expected: Digest): void {
  if (body.digest === expected) return;
  throw new RegistryError(
    'DigestMismatch',
    `its ${body.bytes.byteLength} bytes have the digest ${body.digest}; do not trust this copy, and check the storage of the registry`,
  );
}
