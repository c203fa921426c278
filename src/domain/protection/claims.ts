import type { ArtifactRelease } from '../../api/artifact-release.ts';
import type { ProtectionMode } from '../../api/protection-spec.ts';
import type { Digest } from '../../api/scalars.ts';
import { proven } from '../history.ts';
import { canonicalRepository } from '../repository-name.ts';
import { milliseconds } from '../time.ts';
import { type Kept, keptDigests } from './kept-digests.ts';
import type { RecordedAccess } from './record.ts';

/** One digest that one release needs. */
export interface Claim {
  /** `namespace/name`. */
  readonly release: string;
  readonly mode: Exclude<ProtectionMode, 'None'>;
  readonly kept: Kept;
  readonly access: RecordedAccess;
  readonly graceMs: number;
  /** Of the referrers that are kept; absent for all of them. */
  readonly artifactTypes?: readonly string[];
  /** Where it goes before it is given up. */
  readonly archive?: string;
  /** The release is going, and the tags are to stay. */
  readonly orphan: boolean;
}

/** Everything that releases want of one digest. */
export interface Demand {
  readonly digest: Digest;
  readonly claims: readonly Claim[];
  /** Whether tags are wanted by any of them. */
  readonly tags: boolean;
}

/** In force: what the release says, else what the platform says for its registry. */
export const modeOf = (
  { spec }: Pick<ArtifactRelease, 'spec'>,
  ofRegistry: ProtectionMode | undefined,
): ProtectionMode => spec.protection.mode ?? ofRegistry ?? 'None';

export function claimsOf(release: ArtifactRelease, mode: ProtectionMode, now: Date): readonly Claim[] {
  if (mode === 'None') return [];
  const { metadata, spec, status } = release;
  const { protection, artifact } = spec;
  const { archive, artifactTypes, deletionPolicy, releaseGracePeriod } = protection;
  const wasPromoted = (digest: Digest): boolean =>
    status !== undefined && (status.stable?.digest === digest || proven(status, digest) !== undefined);
  return keptDigests(release, now).map((kept) => ({
    release: `${metadata.namespace}/${metadata.name}`,
    mode,
    kept,
    access: accessOf(metadata.namespace, artifact),
    graceMs: milliseconds(releaseGracePeriod),
    ...(artifactTypes && { artifactTypes }),
    ...(archive && wasPromoted(kept.digest) && { archive: canonicalRepository(archive.repository) }),
    orphan: metadata.deletionTimestamp !== undefined && deletionPolicy === 'Orphan',
  }));
}

function accessOf(
  namespace: string,
  { imagePullSecrets = [], serviceAccountName }: ArtifactRelease['spec']['artifact'],
): RecordedAccess {
  return {
    namespace,
    imagePullSecrets: imagePullSecrets.map(({ name }) => name),
    ...(serviceAccountName !== undefined && { serviceAccount: serviceAccountName }),
  };
}

/** By digest, in the order in which they were first claimed. */
export function demandsOf(claims: readonly Claim[]): ReadonlyMap<Digest, Demand> {
  const demands = new Map<Digest, Demand>();
  for (const claim of claims) {
    const { digest } = claim.kept;
    const before = demands.get(digest);
    demands.set(digest, {
      digest,
      claims: [...(before?.claims ?? []), claim],
      tags: before?.tags === true || claim.mode === 'Tags',
    });
  }
  return demands;
}

/** Artifact types of all who say some; undefined as soon as one of them wants every referrer. */
export function artifactTypesOf({ claims }: Demand): ReadonlySet<string> | undefined {
  const types = new Set<string>();
  for (const { artifactTypes } of claims) {
    if (artifactTypes === undefined) return undefined;
    for (const type of artifactTypes) types.add(type);
  }
  return types;
}

/** Each access once. */
export function accessesOf(claims: readonly Claim[]): readonly RecordedAccess[] {
  return [...new Map(claims.map(({ access }) => [JSON.stringify(access), access])).values()];
}
