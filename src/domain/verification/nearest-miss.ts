import type { Refusal } from '../../api/verification-reasons.ts';

/** From the nearest to an acceptance to the farthest from it. */
const BY_NEARNESS: readonly Refusal[] = [
  'IdentityMismatch',
  'DigestMismatch',
  'CertificateUntrusted',
  'TimestampInvalid',
  'LogEntryInvalid',
  'UnsupportedKey',
  'ContentTooLarge',
  'SignatureInvalid',
  'UnsupportedFormat',
];

/** Of several that failed, the one that tells people most about what is wrong. */
export function nearestMiss<Miss extends { readonly reason: Refusal }>(
  misses: readonly Miss[],
): Miss | undefined {
  for (const reason of BY_NEARNESS) {
    const miss = misses.find((one) => one.reason === reason);
    if (miss) return miss;
  }
  return undefined;
}
