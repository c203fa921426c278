import { shortDigest } from '../digest.ts';
import { warning } from '../notice.ts';
import type { Check } from '../observation.ts';
import { asStored, isSatisfied, proofOf } from '../proof.ts';
import { protectionMode, protectionOf } from '../protection-answer.ts';
import { rollbackReadiness } from '../rollback-readiness.ts';
import { inPhase, toldReason, type Wait, type WithCandidate, wait } from '../situation.ts';
import { clockTime, nextSlot } from '../time.ts';

/**
 * A verified candidate waits here until its registry cannot take it away, and until there is a way back. A canary that
 * has begun is never brought back here.
 */
export function door(s: WithCandidate): Wait | undefined {
  if (protectionMode(s) !== 'Tags' || !s.spec.protection.requireBeforeRollout) return undefined;
  const protection = protectionOf(s, s.state.candidate.digest);
  if (!isSatisfied(protection)) return remembered(s) ?? unprotected(s, protection);
  const back = rollbackReadiness(s, s.state.stable.digest);
  if (isSatisfied(back) || s.state.candidate.waivedBy !== undefined) return undefined;
  return remembered(s) ?? withoutWayBack(s, back);
}

/** Whether people were told that this trial goes on without a way back if one of them says so. */
export const awaitsWaiver = (s: WithCandidate): boolean =>
  s.state.phase === 'Verifying' &&
  s.state.candidate.waivedBy === undefined &&
  toldReason(s) === 'RollbackNotReady';

/** After a restart the wait is the one that was told, until the first answers are there. */
function remembered(s: WithCandidate): Wait | undefined {
  const { candidate, stable } = s.state;
  const answers = [
    protectionOf(s, candidate.digest),
    protectionOf(s, stable.digest),
    proofOf(s, stable.digest),
  ];
  // Before it was verified it waited for something else.
  const wasHere = s.stored?.conditions.some(({ type, status }) => type === 'Verified' && status === 'True');
  if (!wasHere || !answers.some(({ pending }) => pending)) return undefined;
  const still = asStored(s, true);
  return still && { ...still, wakeAt: nextLook(s) };
}

function unprotected(s: WithCandidate, { reason, message }: Check): Wait {
  const next = nextLook(s);
  const name = shortDigest(s.state.candidate.digest);
  const text = `Verifying ${name}: ${message}; no pod runs it until it is protected; looked at again at ${clockTime(next)}`;
  return wait(inPhase(s.state, 'Verifying', s.now), reason, text, { wakeAt: next });
}

function withoutWayBack(s: WithCandidate, { state, reason, message }: Check): Wait {
  const next = nextLook(s);
  const { digest } = s.state.candidate;
  const name = shortDigest(digest);
  const text = `No pod runs ${name} yet: ${message}; annotate artifactrelease.dev/approve=${digest} to go on without a way back; looked at again at ${clockTime(next)}`;
  // What is only not known yet needs nobody.
  const stalled = state === 'Refused';
  const told = s.stored?.conditions.some(
    (condition) => condition.type === 'Stalled' && condition.status === 'True' && condition.reason === reason,
  );
  const notices = stalled && !told ? [warning(reason, text)] : [];
  return wait(inPhase(s.state, 'Verifying', s.now), reason, text, { wakeAt: next, stalled, notices });
}

/** The protector wakes a release whose answers change; this is for want of that. */
const nextLook = (s: WithCandidate): Date =>
  nextSlot(s.state.candidate.stageEnteredAt, s.spec.analysis.interval, s.now);
