import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import {
  type AffectedRelease,
  MAX_LISTED_RELEASES,
  MAX_REVOKED_DIGESTS,
  type RevocationStatus,
} from '../../api/revocation-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { progressOf, type ReleaseInUse, STILL_RUNS } from './affected-release.ts';
import { conditionsOf } from './revocation-conditions.ts';
import { asksForEvidence, type DigestsInUse, type Knowledge, revokedDigests } from './revoked-digests.ts';

/** The part of the cluster that an operator sees. */
export interface View {
  readonly releases: readonly ReleaseInUse[];
  /** Whether all releases of a namespace are among them. Of the others, what stands in the status is left as it is. */
  readonly watches: (namespace: string) => boolean;
  readonly knowledge: Knowledge;
}

export interface RevocationReport {
  readonly status: RevocationStatus;
  /** Digests in use whose evidence has to be read before it is known whether they fall under the revocation. */
  readonly unknown: readonly Digest[];
}

/**
 * What a revocation affects, and how far each release is. The same facts give the same status, but for `since`.
 * Within a generation of the spec nothing that was found is forgotten, except by a dry run, which lists what is there.
 */
export function revocationStatus(
  { metadata: { generation }, spec, status: stored }: ArtifactRevocation,
  view: View,
  now: Date,
): RevocationReport {
  const { releases, knowledge } = view;
  const before = stored?.observedGeneration === generation ? stored : undefined;
  const { revoked, unknown } = revokedDigests(spec, digestsInUse(releases), knowledge);
  const digests = new Set([...(before?.digests ?? foundBefore(stored, spec, unknown)), ...revoked]);
  const affected = affectedReleases(view, digests, spec, before, now);
  const counts = {
    affected: Math.max(affected.length, spec.dryRun ? 0 : (before?.affected ?? 0)),
    remaining: affected.filter(({ state }) => STILL_RUNS.includes(state)).length,
  };
  const conditions = conditionsOf({
    generation,
    spec,
    ...counts,
    releases: affected,
    excessDigests: Math.max(0, digests.size - MAX_REVOKED_DIGESTS),
    unknownDigests: unknown.length,
    notUnderstood: releases.filter(({ understood }) => understood === undefined).map(nameOf),
    before: stored?.conditions ?? [],
    now,
  });
  const status = {
    observedGeneration: generation,
    digests: [...digests].slice(0, MAX_REVOKED_DIGESTS),
    ...counts,
    releases: affected.slice(0, MAX_LISTED_RELEASES),
    conditions,
  };
  return { status, unknown };
}

export const nameOf = ({ namespace, name }: { namespace: string; name: string }): string =>
  `${namespace}/${name}`;

function digestsInUse(releases: readonly ReleaseInUse[]): DigestsInUse {
  const present = new Set<Digest>();
  const past = new Set<Digest>();
  for (const { understood } of releases)
    for (const { role, digest } of understood?.uses ?? []) (role === 'history' ? past : present).add(digest);
  return { present, past };
}

/** After a change of the spec: what was found stays denied until its evidence is read once more. */
const foundBefore = (
  stored: RevocationStatus | undefined,
  spec: ArtifactRevocation['spec'],
  unknown: readonly Digest[],
): readonly Digest[] =>
  asksForEvidence(spec) ? (stored?.digests.filter((digest) => unknown.includes(digest)) ?? []) : [];

/** Those listed before come first, in their order, so that the list grows at its end. */
function affectedReleases(
  { releases, watches }: View,
  revoked: ReadonlySet<Digest>,
  spec: ArtifactRevocation['spec'],
  before: RevocationStatus | undefined,
  now: Date,
): readonly AffectedRelease[] {
  const listed = new Map(before?.releases.map((entry) => [nameOf(entry), entry]));
  const found = new Map<string, AffectedRelease>();
  for (const release of releases) {
    const key = nameOf(release);
    const last = listed.get(key);
    const progress = progressOf(release, revoked, spec, last);
    if (progress === undefined) continue;
    const since = last?.state === progress.state ? last.since : now.toISOString();
    found.set(key, { namespace: release.namespace, name: release.name, ...progress, since });
  }
  const kept = [...listed].flatMap(([key, entry]) => {
    if (!watches(entry.namespace)) return entry;
    return found.get(key) ?? (spec.dryRun ? [] : gone(entry, now));
  });
  const added = [...found].filter(([key]) => !listed.has(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [...kept, ...added.map(([, entry]) => entry)];
}

/** A release that is deleted leaves its workload as it is: what ran then may run on. */
function gone(entry: AffectedRelease, now: Date): AffectedRelease {
  return STILL_RUNS.includes(entry.state) ? { ...entry, state: 'Deleted', since: now.toISOString() } : entry;
}
