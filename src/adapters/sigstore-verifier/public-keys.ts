import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { hashesFor } from './signature-check.ts';

export interface PublicKey {
  readonly key: KeyObject;
  /** `sha256:` + hex of the DER (SPKI), which names the key to people and revocations. */
  readonly fingerprint: string;
}

const BLOCK = /-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----/g;

/** Keys in PEM; throws for text without one, with one that is not understood, or with one that cannot be checked. */
export function readPublicKeys(pem: string): readonly PublicKey[] {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) throw new Error('there is no PUBLIC KEY block in it');
  return blocks.map((block) => {
    const key = createPublicKey(block);
    hashesFor(key);
    return { key, fingerprint: fingerprintOf(key) };
  });
}

export const fingerprintOf = (key: KeyObject): string =>
  `sha256:${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`;
