import type { Candidate, HistoryEntry, Stable, Status } from '../../api/artifact-release-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { isAt, shortDigest } from '../digest.ts';
import { newestGood, pinsInForce } from '../fallback.ts';
import { entryOf, MAX_MESSAGE, newestEntry, refusal, remember } from '../history.ts';
import { normal, warning } from '../notice.ts';
import { pinsFor, unpinned } from '../pins.ts';
import { isRevoked, proofOf } from '../proof.ts';
import { isLost, protectionOf } from '../protection-answer.ts';
import {
  inPhase,
  type Move,
  move,
  type Outcome,
  type Situation,
  type State,
  type WithCandidate,
  wait,
  without,
} from '../situation.ts';
import { after, clockTime } from '../time.ts';
import { isRolledOut, rolloutText, type Workload } from '../workload.ts';

type Failure = NonNullable<Status['failure']>;
export type Cause = Pick<Failure, 'verdict' | 'reason' | 'message' | 'by'>;

/** Room for the rest of the sentence in status.message: what is awaited, and until when. */
const MAX_CAUSE = 512;

/**
 * Leaves the candidate for `to`, by default for stable or what is to be trusted more. Workloads that were never
 * touched are not touched now.
 */
export function fail(s: WithCandidate, cause: Cause, to: Stable | undefined = wayBack(s)): Move {
  const { candidate, stable } = s.state;
  if (to === undefined) return strand(s, cause);
  const touched = isPinned(s.state, candidate) || to.digest !== stable.digest;
  return rollBack(
    s,
    candidate.digest,
    cause,
    { ...s.state, stable: to, candidate: { ...candidate, weight: 0 } },
    touched,
  );
}

/**
 * Stable, unless the workloads would have to start it again although it is refused and a digest of the history is not.
 * A digest that cannot be pulled is no better than one without proof.
 */
export function wayBack(s: WithCandidate): Stable | undefined {
  const { stable, candidate } = s.state;
  const proof = proofOf(s, stable.digest);
  if (!isPinned(s.state, candidate) || proof.state !== 'Refused') return stable;
  const good = newestGood(s);
  if (isRevoked(proof)) return good;
  return good && (!isLost(s, good.digest) || isLost(s, stable.digest)) ? good : stable;
}

/** Only revoked digests are there to return to: the trial is over, and its digest stays where it is. */
function strand(s: WithCandidate, cause: Cause): Move {
  const { verdict, reason, by } = cause;
  const { candidate, budget } = s.state;
  const message = cause.message.slice(0, MAX_MESSAGE);
  const entry = entryOf(candidate, verdict, reason, s.now, {
    by,
    budgetSpent: budget?.spentPercent,
    message,
  });
  const state = without(s.state, 'candidate', 'hold', 'analysis');
  const notice = `${shortDigest(candidate.digest)} failed, but there is no digest to return its workloads to: ${cause.message}`;
  return move(inPhase(remember(state, entry, s.spec), 'RolledBack', s.now), warning(reason, notice));
}

/** Git was reverted after the workloads had been touched: that asks for a roll-back, and refuses nothing. */
export const revertedToStable = (s: WithCandidate): Move | undefined =>
  s.spec.artifact.digest === s.state.stable.digest && !isRevoked(proofOf(s, s.state.stable.digest))
    ? fail(s, { verdict: 'Superseded', reason: 'Cancelled', message: 'the spec names stable again' })
    : undefined;

/** Leaves a digest that is already stable, for one that was stable before. */
export const leaveStable = (s: Situation & { state: { stable: Stable } }, cause: Cause, to: Stable): Move =>
  rollBack(s, s.state.stable.digest, cause, { ...s.state, stable: to }, true);

function rollBack(s: Situation, digest: string, cause: Cause, state: State, repin: boolean): Move {
  const failure: Failure = {
    ...cause,
    message: cause.message.slice(0, MAX_CAUSE),
    digest,
    since: s.now.toISOString(),
  };
  const target = state.stable?.digest ?? digest;
  const pins = repin ? pinsFor(s.spec, s.seen.targets, target, s.state.pins ?? []) : s.state.pins;
  const tell = cause.verdict === 'RolledBack' ? warning : normal;
  return move(
    { ...inPhase(without(state, 'hold'), 'RollingBack', s.now), failure, ...(pins && { pins }) },
    tell(
      cause.reason,
      `Rolling back ${shortDigest(digest)} to ${shortDigest(target)}: ${cause.message}${lossText(s, target)}`,
    ),
  );
}

export const isPinned = (state: State, candidate: Candidate): boolean =>
  state.pins?.some((pin) => isAt(pin.image, candidate.digest)) ?? false;

/** Waits until no canary is left and every workload runs stable again; then the release is over. */
export function rollback(s: Situation & { state: { failure: Failure; stable: Stable } }): Outcome {
  const { failure, stable } = s.state;
  const unfinished = unsettled(s) ?? unfinishedRollout(s);
  if (unfinished === undefined) return finish(s, failure);
  const deadline = after(failure.since, s.spec.canary.progressDeadline);
  const late = s.now >= deadline;
  if (late && unsettled(s) === undefined && isAnotherTry(s, failure)) return finish(s, failure);
  const until = late
    ? `${clockTime(deadline)} has passed, and it still goes on: look at that workload, or release another digest`
    : `expected by ${clockTime(deadline)}`;
  return wait(
    inPhase(s.state, 'RollingBack', s.now),
    failure.reason,
    `Rolling back ${shortDigest(failure.digest)} to ${shortDigest(stable.digest)} (${failure.message}): ${unfinished}; ${until}${lossText(s, stable.digest)}`,
    { stalled: late, ...(!late && { wakeAt: deadline }) },
  );
}

/** There is nowhere better to go, and nodes that have it start it all the same. */
const lossText = (s: Situation, digest: Digest): string =>
  isLost(s, digest)
    ? `; ${shortDigest(digest)} cannot be pulled (${protectionOf(s, digest).message}), so it starts only where a node still has it`
    : '';

/** Where stable itself cannot stand, only another digest can help: it must not wait for stable. */
function isAnotherTry(s: Situation & { state: { stable: Stable } }, failure: Failure): boolean {
  const wanted = s.spec.artifact.digest;
  const known = [failure.digest, s.state.stable.digest];
  return !known.includes(wanted) && refusal(s.state, wanted) === undefined;
}

/** The first thing of ours in the world that is not as stored; undefined when there is none. */
export function unsettled(s: Situation): string | undefined {
  const own = [...s.seen.targets.map((t) => t.canary), ...s.seen.strays].find(
    (c) => c?.ownerUid === s.meta.uid,
  );
  if (own) return `waiting for Deployment ${own.name} to be gone`;
  const loose = s.seen.targets.find((t) => t.workload && unpinned(t.workload, pinsInForce(s)).length > 0);
  return loose && `Deployment ${loose.name} is not pinned yet`;
}

function unfinishedRollout(s: Situation): string | undefined {
  const busy = pinnedWorkloads(s).find((workload) => !isRolledOut(workload));
  return busy && `Deployment ${busy.name} is rolling out: ${rolloutText(busy)}`;
}

/** What an older release has taken over rolls out what it wants: that is not waited for. */
const pinnedWorkloads = ({ seen, state }: Situation): readonly Workload[] =>
  seen.targets.flatMap(({ name, workload }) =>
    workload && state.pins?.some((pin) => pin.name === name) ? [workload] : [],
  );

function finish(s: Situation, failure: Failure): Move {
  const state = without(s.state, 'failure', 'candidate', 'hold', 'analysis');
  const superseded = failure.verdict === 'Superseded';
  const entry = closingEntry(s, failure);
  const phase = superseded ? 'Healthy' : 'RolledBack';
  return move(
    inPhase(remember(state, entry, s.spec), phase, s.now),
    normal('RolledBack', `Rolled back ${shortDigest(failure.digest)}: ${failure.message}`),
  );
}

/** Without it a digest that was left would be tried again at once, for Git still names it. */
function closingEntry(s: Situation, failure: Failure): HistoryEntry {
  const { verdict, reason, by, digest } = failure;
  const message = verdict === 'Superseded' ? undefined : failure.message.slice(0, MAX_MESSAGE);
  const { candidate, budget } = s.state;
  if (candidate)
    return entryOf(candidate, verdict, reason, s.now, { by, budgetSpent: budget?.spentPercent, message });
  const earlier = newestEntry(s.state, digest) ?? { digest, attempt: 1, startedAt: failure.since };
  return {
    ...earlier,
    verdict,
    reason,
    finishedAt: s.now.toISOString(),
    ...(message !== undefined && { message }),
    ...(by !== undefined && { approvedBy: by }),
  };
}
