import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { RevocationStatus } from '../../src/api/revocation-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { type ReleaseInUse, releaseInUse } from '../../src/domain/verification/affected-release.ts';
import type { Evidence } from '../../src/domain/verification/evidence.ts';
import { revocationStatus } from '../../src/domain/verification/revocation-status.ts';
import { aFailure, anEntry, aRelease, at, CANDIDATE, NEXT, onCanary, STABLE } from './releases.ts';
import { aRevocation } from './revocations.ts';

export const asStored = (release: ArtifactRelease, name = 'checkout'): ReleaseInUse =>
  releaseInUse({ ...release, metadata: { ...release.metadata, name } });

interface Circumstances {
  readonly releases: readonly ReleaseInUse[];
  readonly evidence?: ReadonlyMap<Digest, readonly Evidence[]>;
  /** Of the indexes that are known. */
  readonly platforms?: readonly Digest[];
  readonly before?: RevocationStatus;
  readonly generation?: number;
  readonly now?: Date;
  readonly watched?: string;
}

export function report(
  spec: object,
  {
    releases,
    evidence = new Map(),
    platforms = [],
    before,
    generation,
    now = at(),
    watched = 'shop',
  }: Circumstances,
) {
  const revocation = aRevocation(spec, { status: before, ...(generation !== undefined && { generation }) });
  const suspect = (digest: Digest) => {
    const known = evidence.get(digest);
    return known && { digests: [digest, ...platforms], evidence: known };
  };
  const knowledge = { suspect, matches: () => false };
  const watches = (namespace: string) => namespace === watched;
  return revocationStatus(revocation, { releases, watches, knowledge }, now);
}

export const statusOf = (spec: object, circumstances: Circumstances) => report(spec, circumstances).status;

export const condition = (status: RevocationStatus, type: 'Ready' | 'Complete') => {
  const found = status.conditions.find((one) => one.type === type);
  return `${found?.status} ${found?.reason}`;
};

export const candidateRevoked = { digests: [CANDIDATE] };
export const stableRevoked = { digests: [STABLE] };

export const rollingBack = onCanary({
  status: { phase: 'RollingBack', failure: aFailure({ reason: 'Revoked' }) },
});
export const rolledBack = aRelease({
  status: {
    phase: 'RolledBack',
    history: [anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'Revoked' }), anEntry()],
  },
});
export const elsewhere = aRelease({
  spec: { artifact: { repository: 'r.example/a', digest: NEXT } },
  status: {},
});
