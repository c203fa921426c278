import { TrustedRoot } from '@sigstore/protobuf-specs';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { VerificationFailure } from './verification-failure.ts';

const PUBLIC_GOOD = 'https://tuf-repo-cdn.sigstore.dev';

/** The trusted root of the public-good instance as it was when the package was made; needs no network. */
export const publicGoodRoot = (): string =>
  Buffer.from(seeds[PUBLIC_GOOD].targets['trusted_root.json'], 'base64').toString();

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
