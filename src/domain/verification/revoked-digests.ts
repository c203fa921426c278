import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type { Digest } from '../../api/scalars.ts';
import { type MatchesExpression, revokedBecause, type Suspect } from './revocation.ts';

type Spec = ArtifactRevocation['spec'];

/** What is known of digests: nothing of those whose evidence has not been read. */
export interface Knowledge {
  suspect(digest: Digest): Suspect | undefined;
  readonly matches: MatchesExpression;
}

export interface DigestsInUse {
  readonly present: Iterable<Digest>;
  /** Named by a history alone, or by that as well. */
  readonly past: Iterable<Digest>;
}

export interface RevokedDigests {
  readonly revoked: ReadonlySet<Digest>;
  /** Whether these fall under it is not known, for that depends on who signed them, or on what they were built from. */
  readonly unknown: readonly Digest[];
}

/** Whether a digest alone does not tell that it falls under the revocation. */
export const asksForEvidence = ({ keys, identities, builders, commits }: Spec): boolean =>
  [keys, identities, builders, commits].some((list) => list !== undefined && list.length > 0);

/**
 * Which of the digests in use are revoked, and everything that the revocation names. Of the past, what is known is
 * told; only what is present is worth a question to the registry.
 */
export function revokedDigests(
  spec: Spec,
  inUse: DigestsInUse,
  { suspect, matches }: Knowledge,
): RevokedDigests {
  const named = new Set(spec.digests);
  const revoked = new Set(named);
  const byEvidence = asksForEvidence(spec);
  const isRevoked = (known: Suspect) =>
    byEvidence
      ? revokedBecause(known, spec, matches) !== undefined
      : known.digests.some((digest) => named.has(digest));
  for (const digest of [...inUse.present, ...inUse.past]) {
    if (revoked.has(digest)) continue;
    const known = suspect(digest);
    if (known !== undefined && isRevoked(known)) revoked.add(digest);
  }
  const isOpen = (digest: Digest) => !revoked.has(digest) && suspect(digest) === undefined;
  return { revoked, unknown: byEvidence ? [...inUse.present].filter(isOpen) : [] };
}

/** Whether a release with these digests may have to do with it; what is found out by reading may be any digest. */
export const mayConcern = (
  { spec, status }: Pick<ArtifactRevocation, 'spec' | 'status'>,
  digests: ReadonlySet<Digest>,
): boolean =>
  asksForEvidence(spec) ||
  [...(spec.digests ?? []), ...(status?.digests ?? [])].some((digest) => digests.has(digest));
