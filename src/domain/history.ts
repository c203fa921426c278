import type { Spec } from '../api/artifact-release-spec.ts';
import type { Candidate, HistoryEntry } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { Digest } from '../api/scalars.ts';
import { type State, without } from './situation.ts';

const LIMIT = 10;

/** Characters of the numbers behind a verdict that an entry keeps. */
export const MAX_MESSAGE = 320;

/**
 * Puts an entry in front and lets one go where they are too many, and the numbers of the failure before this one. The
 * oldest goes first, but not before the others what the release returns to, nor why it refuses what the spec names.
 */
export function remember(state: State, entry: HistoryEntry, spec: Spec): State {
  const before = state.history ?? [];
  const older = entry.message === undefined ? before : before.map((old) => without(old, 'message'));
  const all = { ...state, history: [entry, ...older] };
  const wanted = newestEntry(all, spec.artifact.digest) ?? entry;
  const weighed = new Set([entry, wanted, ...returnedTo(all, spec), ...all.history]);
  const kept = new Set([...weighed].slice(0, LIMIT));
  return { ...all, history: all.history.filter((one) => kept.has(one)) };
}

/** Stable, which is returned to once something else is promoted, and as many digests before it as are to be kept. */
function returnedTo(state: State, { protection }: Spec): readonly HistoryEntry[] {
  const good = (state.history ?? []).filter((entry) => proven(state, entry.digest) === entry);
  const isStable = ({ digest }: HistoryEntry) => digest === state.stable?.digest;
  const others = good.filter((entry) => !isStable(entry)).slice(0, protection.rollbackCandidates);
  return [...good.filter(isStable), ...others];
}

/** The entry that a candidate leaves behind. */
export function entryOf(
  candidate: Candidate,
  verdict: HistoryEntry['verdict'],
  reason: Reason,
  now: Date,
  more: { budgetSpent?: number | undefined; by?: string | undefined; message?: string | undefined } = {},
): HistoryEntry {
  const by = more.by ?? candidate.approvedBy ?? candidate.waivedBy;
  return {
    digest: candidate.digest,
    ...(candidate.version !== undefined && { version: candidate.version }),
    attempt: candidate.attempt,
    verdict,
    reason,
    startedAt: candidate.startedAt,
    finishedAt: now.toISOString(),
    ...(more.message !== undefined && { message: more.message }),
    ...(more.budgetSpent !== undefined && { budgetSpent: more.budgetSpent }),
    ...(by !== undefined && { approvedBy: by }),
  };
}

export const newestEntry = (state: State, digest: Digest): HistoryEntry | undefined =>
  state.history?.find((entry) => entry.digest === digest);

/** A digest that was rolled back or aborted stays refused, however often Git applies it again. */
export function refusal(state: State, digest: Digest): HistoryEntry | undefined {
  const entry = newestEntry(state, digest);
  return entry?.verdict === 'RolledBack' || entry?.verdict === 'Aborted' ? entry : undefined;
}

/** The proof that a digest may be returned to: it was promoted or adopted, and nothing ended it since. */
export function proven(state: State, digest: Digest): HistoryEntry | undefined {
  const entry = newestEntry(state, digest);
  return entry?.verdict === 'Promoted' || entry?.verdict === 'Adopted' ? entry : undefined;
}
