import type { Reason } from '../../api/conditions.ts';
import { shortDigest } from '../digest.ts';
import { type Notice, warning } from '../notice.ts';
import { BUDGET_INTERVAL, burning, exhausted, serviceInterval } from '../service-policy.ts';
import { inPhase, type State, toldReason, type Wait, type WithCandidate, wait } from '../situation.ts';
import { clockTime, nextSlot } from '../time.ts';

/**
 * A canary would take pods from a service that needs them all, and nothing could be told from its counts. So it does
 * not begin while stable burns, unless it is to mend that. An answer that is not known stops nothing: by itself a
 * service that is not measured never becomes one that is.
 */
export function whileServiceBurns(s: WithCandidate): Wait | undefined {
  const burns = burning(s, 'Door');
  if (!burns) return undefined;
  const { digest, startedAt } = s.state.candidate;
  const next = nextSlot(startedAt, serviceInterval(s.spec), s.now);
  const why = `No pod runs ${shortDigest(digest)} yet: ${burns.message}; a release that mends it starts with spec.fix: true`;
  return wait(
    inPhase(s.state, 'Verifying', s.now),
    'ServiceBurning',
    `${why}; looked at again at ${clockTime(next)}`,
    { wakeAt: next, notices: once(s, 'Verifying', 'ServiceBurning', why) },
  );
}

/**
 * A service without error budget has failed its users as often as it may: what it gets next is what mends it. Unlike a
 * burn, that is not over in minutes, so a person is asked to act; it goes on by itself all the same. What is not known
 * stops nothing.
 */
export function whileBudgetIsExhausted(s: WithCandidate): Wait | undefined {
  const gone = exhausted(s);
  if (!gone) return undefined;
  const next = nextSlot(s.meta.creationTimestamp, BUDGET_INTERVAL, s.now);
  const why =
    `${shortDigest(s.state.candidate.digest)} is blocked: ${gone.message}; no pod runs it. ` +
    `It goes on by itself once less than 100% is spent. A release that mends the service starts with spec.fix: true; ` +
    `annotate artifactrelease.dev/rollback-to=<digest> for a way back, or set spec.analysis.exhaustedBudget: Ignore`;
  return wait(
    inPhase(s.state, 'Blocked', s.now),
    'BudgetExhausted',
    `${why}; asked again at ${clockTime(next)}`,
    { wakeAt: next, stalled: true, notices: once(s, 'Blocked', 'BudgetExhausted', why) },
  );
}

/** A warning, unless this trial is stored as waiting for the same. */
function once(s: WithCandidate, phase: State['phase'], reason: Reason, why: string): readonly Notice[] {
  const { phase: before, candidate } = s.stored ?? {};
  const wasHere = before === phase && candidate?.startedAt === s.state.candidate.startedAt;
  return wasHere && toldReason(s) === reason ? [] : [warning(reason, why)];
}
