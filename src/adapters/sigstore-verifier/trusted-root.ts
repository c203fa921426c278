import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { VerificationFailure } from './verification-failure.ts';

const CACHE_SIZE = 32;
const parsed = new Map<string, TrustMaterial>();

/** Parsing a root costs as much as verifying with it, and there are few of them. Throws for one that is not understood. */
export function readTrustedRoot(json: string): TrustMaterial {
  const known = parsed.get(json);
  if (known) return known;
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(json)), () => {
    throw new VerificationFailure('SignatureInvalid', 'it is signed by a key, not by a certificate');
  });
  if (
    material.certificateAuthorities.length + material.tlogs.length + material.timestampAuthorities.length ===
    0
  ) {
    throw new Error('it names no certificate authority, log or timestamp authority');
  }
  if (parsed.size >= CACHE_SIZE) parsed.clear();
  parsed.set(json, material);
  return material;
}
