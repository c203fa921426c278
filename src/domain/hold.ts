import type { Judgement } from './analysis.ts';
import { shortDigest } from './digest.ts';
import { nextLook, watchOf } from './looks.ts';
import { type Notice, normal, warning } from './notice.ts';
import { inPhase, type Outcome, type TrialState, type WithCandidate, wait, without } from './situation.ts';
import { fail } from './stages/rollback.ts';
import { after, clockTime, since, spanText } from './time.ts';

/**
 * Waits for data that decides. Unknown neither promotes nor rolls back; what ends the wait is data, or after
 * maxHold what onHoldExpired says. A pause that a hold of a step ran into stays until a person approves; that of a bake,
 * whose time is over, ends with the data too.
 */
export function hold(s: WithCandidate, judgement: Judgement, where: string): Outcome {
  const { maxHold, onHoldExpired } = s.spec.analysis;
  const began = holdBegan(s);
  const expires = after(began, maxHold);
  if (s.now >= expires && onHoldExpired === 'Rollback') {
    const message = `${where} on hold for ${maxHold}: ${judgement.message}`;
    return fail(s, { verdict: 'RolledBack', reason: 'HoldExpired', message });
  }
  const state = { ...s.state, hold: { reason: judgement.reason, since: began } };
  const digest = s.state.candidate.digest;
  const wakeAt = nextEvaluation(s);
  if (s.now >= expires || isPausedByHold(s.state)) {
    const message = `${where} paused after ${maxHold} on hold: ${judgement.message}; ${pauseEnds(s)}`;
    const notices =
      s.state.phase === 'Paused'
        ? []
        : [warning('HoldExpired', `${where} of ${shortDigest(digest)} paused: ${judgement.message}`)];
    return wait(inPhase(paused(s, state), 'Paused', s.now), 'HoldExpired', message, {
      notices,
      ...(wakeAt && { wakeAt }),
    });
  }
  const outcome = onHoldExpired === 'Pause' ? 'pauses' : 'rolls back';
  const message = `${where} on hold: ${judgement.message}; ${outcome} at ${clockTime(expires)} unless that changes`;
  const notices: Notice[] =
    s.state.hold?.reason === judgement.reason
      ? []
      : [warning(judgement.reason, `${where} of ${shortDigest(digest)} on hold: ${judgement.message}`)];
  return wait(inPhase(state, 'Holding', s.now), judgement.reason, message, {
    notices,
    wakeAt: wakeAt && wakeAt < expires ? wakeAt : expires,
  });
}

/** A wait for an approval that the spec asks for is a pause without a hold. */
export const isPausedByHold = ({ phase, hold: held }: TrialState): boolean =>
  phase === 'Paused' && held !== undefined;

/** What a person can do about a release that waits for one. */
export const awaitPerson = (digest: string): string =>
  `waiting for a person to annotate artifactrelease.dev/approve=${digest} to go on, or artifactrelease.dev/abort=${digest} to roll back`;

/**
 * Data can be answered for by a person, proof cannot: an approval that is given already waits for it. A bake is over
 * already, and ends with whatever was missing.
 */
function pauseEnds({ state: { candidate, phase } }: WithCandidate): string {
  const { digest, weight, approvedStep, approvedBy } = candidate;
  if (weight === 100) return `it ends when that does, or by a person: ${awaitPerson(digest)}`;
  return phase === 'Paused' && approvedStep === candidate.step
    ? `approved by ${approvedBy ?? 'a person'}, so it goes on when that ends; or annotate artifactrelease.dev/abort=${digest}`
    : awaitPerson(digest);
}

/** An approval from before the pause was given for other numbers than those that are missing now. */
function paused(s: WithCandidate, state: TrialState): TrialState {
  if (s.state.phase === 'Paused') return state;
  const candidate = without(state.candidate, 'approvedStep', 'approvedBy');
  return { ...state, candidate };
}

/** A hold goes on while its reasons change: pods that come and go must not put off its end for ever. */
function holdBegan({ state, now }: WithCandidate): string {
  if (!state.hold) return now.toISOString();
  return state.phase === 'Holding' ? state.phaseStartedAt : state.hold.since;
}

/** The state after a hold has ended, with the news of it. */
export function release(s: WithCandidate): { state: TrialState; notices: readonly Notice[] } {
  if (!s.state.hold) return { state: s.state, notices: [] };
  const lasted = spanText(since(s.state.hold.since, s.now));
  const notice = normal(
    'HoldEnded',
    `Hold for ${s.state.hold.reason} ended after ${lasted}; ${shortDigest(s.state.candidate.digest)} goes on`,
  );
  return { state: without(s.state, 'hold'), notices: [notice] };
}

/** The next evaluation of the step or bake; absent where nothing is evaluated. */
export function nextEvaluation({ now, spec, state }: WithCandidate): Date | undefined {
  const watch = watchOf(spec, state);
  return watch && nextLook(watch, now);
}
