/**
 * Manifests in one piece: gzip of a line of JSON, `[[digest, length], …]`, and after it their bytes in this order. Not
 * base64 in JSON, which hides from gzip that manifests resemble each other.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { Digest } from '../../api/scalars.ts';
import { isDigestOf } from '../../domain/digest.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

type Entry = readonly [Digest, Uint8Array];

/** Digests do not compress below half of their hex digits, so more than this never fits into a ConfigMap. */
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024;
const LINE_END = 0x0a;
const Contents = z.array(z.tuple([Digest, z.int().min(0)]));

/**
 * As many of the manifests as fit into `maxBytes`, the largest left out first: each is as likely to be missed as any
 * other, and so most of them can be put back. Empty when none fits. The same manifests give the same bytes.
 */
export async function packManifests(
  manifests: ReadonlyMap<Digest, Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const bySize = withinTotal([...manifests].sort(bySizeAndName));
  let fitting: Uint8Array = new Uint8Array();
  let [fit, tooMany] = [0, bySize.length + 1];
  // All of them first, for that is what nearly always fits; then by halves.
  for (let count = bySize.length; count > fit; count = (fit + tooMany) >> 1) {
    const packed = await compress(framed(bySize.slice(0, count)));
    if (packed.byteLength <= maxBytes) [fit, fitting] = [count, packed];
    else tooMany = count;
  }
  return fitting;
}

/** Those that are still what their digests say. Rejects for what is no such archive. */
export async function unpackManifests(packed: Uint8Array): Promise<ReadonlyMap<Digest, Uint8Array>> {
  if (packed.byteLength === 0) return new Map();
  const bytes = await decompress(packed, { maxOutputLength: 2 * MAX_UNPACKED_BYTES });
  const end = bytes.indexOf(LINE_END);
  const contents = Contents.parse(JSON.parse(bytes.subarray(0, end).toString('utf8')));
  const found = new Map<Digest, Uint8Array>();
  let from = end + 1;
  for (const [digest, length] of contents) {
    const manifest = bytes.subarray(from, from + length);
    from += length;
    if (isDigestOf(digest, manifest)) found.set(digest, manifest);
  }
  return found;
}

function framed(entries: readonly Entry[]): Uint8Array {
  const contents = entries.map(([digest, bytes]) => [digest, bytes.byteLength]);
  return Buffer.concat([Buffer.from(`${JSON.stringify(contents)}\n`), ...entries.map(([, bytes]) => bytes)]);
}

function withinTotal(bySize: readonly Entry[]): readonly Entry[] {
  let total = 0;
  return bySize.filter(([, bytes]) => {
    total += bytes.byteLength;
    return total <= MAX_UNPACKED_BYTES;
  });
}

const bySizeAndName = ([a, first]: Entry, [b, second]: Entry): number =>
  first.byteLength - second.byteLength || (a < b ? -1 : 1);
