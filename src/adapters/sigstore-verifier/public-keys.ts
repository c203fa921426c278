import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { hashesFor } from './signature-check.ts';

export interface PublicKey {
  readonly key: KeyObject;
  /** `sha256:` + hex of the DER (SPKI), which names the key to people and revocations. */
  readonly fingerprint: string;
}

const BLOCK = /-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----/g;

const CACHE_SIZE = 64;
const known = new Map<string, readonly PublicKey[]>();

/** Keys in PEM; throws for text without one, with one that is not understood, or with one that cannot be checked. */
export function readPublicKeys(pem: string): readonly PublicKey[] {
  const before = known.get(pem);
  if (before) return before;
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) throw new Error('there is no PUBLIC KEY block in it');
  const keys = blocks.map(readPublicKey);
  // Reading a key costs as much as checking a signature with it.
  if (known.size >= CACHE_SIZE) known.clear();
  known.set(pem, keys);
  return keys;
}

function readPublicKey(block: string): PublicKey {
  const key = createPublicKey(block);
  hashesFor(key);
  const der = key.export({ type: 'spki', format: 'der' });
  return { key, fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}` };
}
