import type { ArtifactRelease } from '../../api/artifact-release.ts';
import type { Status } from '../../api/artifact-release-status.ts';
import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type { AffectedRelease, RevocationState } from '../../api/revocation-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { type DigestRole, type DigestUse, usesOf } from '../digest-uses.ts';

export interface ReleaseInUse {
  readonly namespace: string;
  readonly name: string;
  /** Absent where what is stored is not understood. */
  readonly understood?: {
    readonly uses: readonly DigestUse[];
    readonly status: Status | undefined;
  };
}

/** What has to be known of a release; it depends on nothing else, so it may be kept as long as the release is the same. */
export const releaseInUse = (release: ArtifactRelease): ReleaseInUse => ({
  namespace: release.metadata.namespace,
  name: release.metadata.name,
  understood: { uses: usesOf(release), status: release.status },
});

/** How far a release is with what is revoked. */
export type Progress = Pick<AffectedRelease, 'digest' | 'state'>;

/** Something that is revoked still runs there. */
export const STILL_RUNS: readonly RevocationState[] = [
  'WouldAffect',
  'Aborting',
  'RollingBack',
  'Reported',
  'NoSafeDigest',
];

/**
 * What a release has to do with revoked digests; undefined when nothing. It follows from the status of the release,
 * so it is the same after a restart; only where the digest has left without a trace is it known from `before`.
 */
export function progressOf(
  { understood }: ReleaseInUse,
  revoked: ReadonlySet<Digest>,
  { action, dryRun }: ArtifactRevocation['spec'],
  before?: Progress,
): Progress | undefined {
  if (understood === undefined) return before;
  const uses = understood.uses.filter(({ digest }) => revoked.has(digest));
  const as = (role: DigestRole) => uses.find((use) => use.role === role);
  const present = as('pinned') ?? as('stable') ?? as('leaving') ?? as('candidate') ?? wanted(uses);
  if (dryRun) return present && { digest: present.digest, state: 'WouldAffect' };
  if (present !== undefined)
    return { digest: present.digest, state: presentState(present, understood.status, action, before) };
  const past = uses.find(({ reason }) => reason === 'Revoked')?.digest ?? before?.digest;
  return past === undefined ? undefined : { digest: past, state: 'RolledBack' };
}

/** What the spec names is not tried again after it was rolled back, for whatever reason. */
function wanted(uses: readonly DigestUse[]): DigestUse | undefined {
  const digest = uses.find(({ role }) => role === 'wanted');
  const newest = uses.find((use) => use.role === 'history' && use.digest === digest?.digest);
  return newest?.verdict === 'RolledBack' || newest?.verdict === 'Aborted' ? undefined : digest;
}

function presentState(
  { role, digest }: DigestUse,
  status: Status | undefined,
  action: ArtifactRevocation['spec']['action'],
  before: Progress | undefined,
): RevocationState {
  switch (role) {
    case 'leaving':
      // A canary and a promoted digest leave in the same way; what was seen before tells them apart.
      return status?.candidate?.digest === status?.failure?.digest && before?.state !== 'RollingBack'
        ? 'Aborting'
        : 'RollingBack';
    case 'candidate':
      return hasPods(status) ? 'Aborting' : 'Blocked';
    case 'pinned':
    case 'stable':
      // Whatever the action, a trial does not go on; only what has passed its trial stays for the report.
      if (status?.candidate?.digest === digest) return 'RollingBack';
      if (action === 'Report') return 'Reported';
      return status?.conditions.some(({ reason }) => reason === 'NoSafeDigest')
        ? 'NoSafeDigest'
        : 'RollingBack';
    default:
      return 'Blocked';
  }
}

/** Whether pods of the candidate may be there. */
function hasPods(status: Status | undefined): boolean {
  const phase = status?.suspended ?? status?.phase;
  return phase !== 'Pending' && phase !== 'Verifying' && phase !== 'Blocked';
}
