import type { Digest } from '../../api/scalars.ts';
import { hexOf } from '../digest.ts';

/**
 * Whose tags they are: one operator of one cluster. Several share a repository, and each gives up its own tags only.
 * 4 to 16 lower-case letters and digits.
 */
export type Owner = string;

export const OWNER = /^[a-z0-9]{4,16}$/;

const KEEP = /^keep\.([a-z0-9]{4,16})\.(?:([a-f0-9]{64})|s512-([a-f0-9]{96}))$/;
const LEASE = /^lease\.([a-z0-9]{4,16})$/;

/** Tags are at most 128 characters long, so that of a sha512 carries three quarters of it. */
export function keepTag(owner: Owner, digest: Digest): string {
  const hex = hexOf(digest);
  return digest.startsWith('sha512:') ? `keep.${owner}.s512-${hex.slice(0, 96)}` : `keep.${owner}.${hex}`;
}

export const keepTagsOf =
  (owner: Owner) =>
  (digest: Digest): string =>
    keepTag(owner, digest);

/** In an archive nobody owns anything, and nothing is ever given up there by an operator. */
export const archiveTag = (digest: Digest): string =>
  digest.startsWith('sha512:') ? `archive.s512-${hexOf(digest).slice(0, 96)}` : `archive.${hexOf(digest)}`;

/** The owner of a keep tag; undefined for any other tag. */
export const ownerOfKeepTag = (tag: string): Owner | undefined => KEEP.exec(tag)?.[1];

/** Where an owner shows from time to time that it is still there. */
export const leaseTag = (owner: Owner): string => `lease.${owner}`;

export const ownerOfLease = (tag: string): Owner | undefined => LEASE.exec(tag)?.[1];

/** Tags by which registries without the referrers API, and cosign's first layout, find what is attached to a digest. */
export interface DiscoveryTags {
  readonly referrers: string;
  readonly legacy: readonly string[];
}

export function discoveryTags(digest: Digest): DiscoveryTags {
  const [algorithm, hex = ''] = digest.split(':');
  const whole = `${algorithm}-${hex}`;
  return {
    // Cut to 64 digits, as the distribution specification has it.
    referrers: `${algorithm}-${hex.slice(0, 64)}`,
    legacy: ['sig', 'att', 'sbom'].map((kind) => `${whole}.${kind}`),
  };
}
