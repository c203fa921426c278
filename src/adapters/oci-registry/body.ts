import { createHash } from 'node:crypto';
import type { Digest } from '../../api/scalars.ts';
import { algorithmOf, hexOf } from '../../domain/digest.ts';
import type { BlobRequest } from '../../ports/registry.ts';
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

/**
 * The same bytes, keeping one part of them at a time. DigestMismatch before the last part is given away, unless they
 * are those of the blob, all of them and no more.
 */
export async function* proven(
  body: AsyncIterable<Uint8Array>,
  { digest, size }: BlobRequest,
): AsyncGenerator<Uint8Array, void> {
  const hash = createHash(algorithmOf(digest));
  let length = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of body) {
    if (held !== undefined) yield held;
    held = chunk;
    length += chunk.byteLength;
    if (length > size) throw mismatch(`it has more than the ${size} bytes of its descriptor`);
    hash.update(chunk);
  }
  if (length !== size) throw mismatch(`it has ${length} bytes, and ${size} by its descriptor`);
  const hex = hash.digest('hex');
  if (hex !== hexOf(digest)) throw mismatch(`its bytes have the digest ${algorithmOf(digest)}:${hex}`);
  if (held !== undefined) yield held;
}

const mismatch = (problem: string): RegistryError =>
  new RegistryError(
    'DigestMismatch',
    `${problem}; do not trust this copy, and check the storage of the registry`,
  );

/** DigestMismatch unless the bytes are what was asked for, whatever the headers say. */
export function requireDigest(body: HashedBody, expected: Digest): void {
  if (body.digest === expected) return;
  throw mismatch(`its ${body.bytes.byteLength} bytes have the digest ${body.digest}`);
}
