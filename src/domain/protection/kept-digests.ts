import type { ArtifactRelease } from '../../api/artifact-release.ts';
import type { HistoryEntry } from '../../api/artifact-release-status.ts';
import { type KeptRole, MAX_KEPT, type RestoredDigest } from '../../api/protection-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { parseImage } from '../digest.ts';
import { proven, refusal } from '../history.ts';
import type { State } from '../situation.ts';
import { after } from '../time.ts';

/** A digest that must stay in its registry, and what it is to the release. */
export interface Kept {
  readonly digest: Digest;
  readonly role: KeptRole;
  readonly version?: string;
}

/** A release, stored or about to be. */
export interface Referring {
  readonly spec: ArtifactRelease['spec'];
  readonly status?: State | undefined;
}

/**
 * What a release must be able to pull: what runs, what is tried, and what it may return to; the most important first.
 * It follows from spec and stored status alone, so a digest leaves it only after the status that lets go of it is stored.
 */
export function keptDigests({ spec, status }: Referring, now: Date): readonly Kept[] {
  const { digest, version } = spec.artifact;
  const { stable, candidate, failure, pins = [] } = status ?? {};
  const wanted = status && refusal(status, digest) ? [] : [kept({ digest, version }, 'Candidate')];
  const pinned = pins.flatMap(({ image }) => parseImage(image)?.digest ?? []);
  const all = [
    ...(stable ? [kept(stable, 'Stable')] : []),
    ...(candidate ? [kept(candidate, 'Candidate')] : []),
    ...pinned.map((one) => kept({ digest: one }, 'Leaving')),
    ...(failure ? [kept(failure, 'Leaving')] : []),
    ...wanted,
    ...restoredDigests(status, now).map((one) => kept(one, 'Rollback')),
    ...rollbackCandidates({ spec, status }, now).map((entry) => kept(entry, 'Rollback')),
  ];
  const seen = new Set<Digest>();
  return all.filter((one) => !seen.has(one.digest) && seen.add(one.digest)).slice(0, MAX_KEPT);
}

/** How long what was brought back waits to be rolled back to. */
const RESTORED_FOR = '7d';

/** What people have brought back from an archive, newest first. */
export const restoredDigests = (status: State | undefined, now: Date): readonly RestoredDigest[] =>
  (status?.restored ?? []).filter(({ at }) => now < after(at, RESTORED_FOR));

/**
 * The newest promoted or adopted digests that are neither stable nor under trial nor being left, as many and as young as
 * are asked for.
 */
export function rollbackCandidates({ spec, status }: Referring, now: Date): readonly HistoryEntry[] {
  if (status === undefined) return [];
  const { rollbackCandidates: most, rollbackMaxAge } = spec.protection;
  const current = [status.stable, status.candidate, status.failure].map((one) => one?.digest);
  const history = status.history ?? [];
  const earlier = history.filter(
    (entry) => proven(status, entry.digest) === entry && !current.includes(entry.digest),
  );
  const isYoung = (entry: HistoryEntry) =>
    rollbackMaxAge === undefined || now < after(replacedAt(entry, history), rollbackMaxAge);
  return earlier.slice(0, most).filter(isYoung);
}

/** It ran until the next promotion was concluded. */
function replacedAt(entry: HistoryEntry, history: readonly HistoryEntry[]): string {
  const newer = history.slice(0, history.indexOf(entry));
  return newer.findLast(({ verdict }) => verdict === 'Promoted')?.finishedAt ?? entry.finishedAt;
}

interface Named {
  readonly digest: Digest;
  readonly version?: string | undefined;
}

const kept = ({ digest, version }: Named, role: KeptRole): Kept => ({
  digest,
  role,
  ...(version !== undefined && { version }),
});
