import type { Candidate, HistoryEntry } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { Digest } from '../api/scalars.ts';
import { type State, without } from './situation.ts';

const LIMIT = 10;

/** Characters of the numbers behind a verdict that an entry keeps. */
export const MAX_MESSAGE = 320;

/** Puts an entry in front and lets the oldest go, and the numbers of the failure before this one. */
export function remember(state: State, entry: HistoryEntry): State {
  const before = state.history ?? [];
  const older = entry.message === undefined ? before : before.map((old) => without(old, 'message'));
  return { ...state, history: [entry, ...older].slice(0, LIMIT) };
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
