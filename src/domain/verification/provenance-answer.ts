import type { ArtifactRelease } from '../../api/artifact-release.ts';
import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type { Digest } from '../../api/scalars.ts';
import type { VerificationRecord } from '../../api/verification-status.ts';
import { type DigestUse, usesOf } from '../digest-uses.ts';
import { recordOf } from './record.ts';
import { type MatchesExpression, revokedBecause, type Suspect } from './revocation.ts';

/** A thousand releases with everything that they can have to do with one digest. */
const MAX_USES = 5_000;

/** Who built it, from what, who signed it, what is in it and what is wrong with that: in the words of the status. */
export interface Verification extends Partial<Omit<VerificationRecord, 'digest' | 'policyHash'>> {
  /**
   * Read: from what is attached, as it is kept in memory. Recorded: from the status of a release. Pending: it is being
   * read; ask again. Unknown: nothing asks for a proof of it, or its registry does not answer.
   */
  readonly source: 'Read' | 'Recorded' | 'Pending' | 'Unknown';
}

export interface ReleaseUse extends Omit<DigestUse, 'digest'> {
  readonly namespace: string;
  readonly name: string;
  readonly phase?: string;
}

export interface AppliedRevocation {
  readonly name: string;
  readonly reason: string;
  /** What the digest has to do with it. */
  readonly because: string;
  readonly action: ArtifactRevocation['spec']['action'];
  readonly dryRun: boolean;
}

export interface ProvenanceAnswer {
  readonly digest: Digest;
  readonly verification: Verification;
  /** What runs it first; the oldest last. */
  readonly releases: readonly ReleaseUse[];
  /** Uses that are left out. */
  readonly omitted?: number;
  readonly revocations: readonly AppliedRevocation[];
  /** Names of revocations that may be about it: what they say is not understood. */
  readonly notUnderstood?: readonly string[];
}

export interface Sources {
  readonly releases: readonly ArtifactRelease[];
  readonly revocations: readonly ArtifactRevocation[];
  readonly notUnderstood: readonly string[];
  readonly suspect: Suspect | undefined;
  /** Its evidence is being read at this moment. */
  readonly pending: boolean;
  readonly matches: MatchesExpression;
}

/** All that is known of a digest: who built it from what, where it runs and ran, and what revokes it. */
export function provenanceAnswer(digest: Digest, sources: Sources): ProvenanceAnswer {
  const uses = sources.releases.flatMap((release) => usesBy(release, digest)).sort(byRelevance);
  return {
    digest,
    verification: verificationOf(digest, sources),
    releases: uses.slice(0, MAX_USES),
    ...(uses.length > MAX_USES && { omitted: uses.length - MAX_USES }),
    revocations: sources.revocations.flatMap((one) => applied(one, digest, sources) ?? []),
    ...(sources.notUnderstood.length > 0 && { notUnderstood: sources.notUnderstood }),
  };
}

function usesBy(release: ArtifactRelease, digest: Digest): readonly ReleaseUse[] {
  const { namespace, name } = release.metadata;
  const phase = release.status?.phase;
  return usesOf(release)
    .filter((use) => use.digest === digest)
    .map(({ digest: _, ...use }) => ({ namespace, name, ...(phase !== undefined && { phase }), ...use }));
}

const RELEVANCE: readonly DigestUse['role'][] = [
  'pinned',
  'stable',
  'candidate',
  'leaving',
  'wanted',
  'history',
];

const byRelevance = (a: ReleaseUse, b: ReleaseUse): number =>
  RELEVANCE.indexOf(a.role) - RELEVANCE.indexOf(b.role) ||
  (b.from ?? '').localeCompare(a.from ?? '') ||
  `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`);

function verificationOf(digest: Digest, { suspect, pending, releases }: Sources): Verification {
  if (suspect) return { source: 'Read', ...recordOf(suspect.evidence, []) };
  const record = newestRecord(releases, digest);
  if (record === undefined) return { source: pending ? 'Pending' : 'Unknown' };
  const { digest: _, policyHash: __, ...recorded } = record;
  return { source: 'Recorded', ...recorded };
}

/** Undefined where no release keeps a record of it that says anything. */
export function newestRecord(
  releases: readonly ArtifactRelease[],
  digest: Digest,
): VerificationRecord | undefined {
  const records = releases.flatMap(({ status }) => {
    const record = status?.verification;
    return record?.digest === digest && record.state !== 'Unknown' ? [record] : [];
  });
  const time = ({ lastVerifiedTime }: VerificationRecord) => lastVerifiedTime ?? '';
  return records.sort((a, b) => time(b).localeCompare(time(a)))[0];
}

/** By what is known now, or by what the revocation found when more was known. */
function applied(
  { metadata: { name }, spec, status }: ArtifactRevocation,
  digest: Digest,
  { suspect, matches }: Sources,
): AppliedRevocation | undefined {
  const found = status?.digests.includes(digest) ? 'it was found to fall under it' : undefined;
  const because = revokedBecause(suspect ?? { digests: [digest], evidence: [] }, spec, matches) ?? found;
  const { reason, action, dryRun } = spec;
  return because === undefined ? undefined : { name, reason, because, action, dryRun };
}
