import { shortDigest } from '../digest.ts';
import { warning } from '../notice.ts';
import { burning, serviceInterval } from '../service-policy.ts';
import { inPhase, type Wait, type WithCandidate, wait } from '../situation.ts';
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
  const { phase, candidate, conditions = [] } = s.stored ?? {};
  const progressing = conditions.find(({ type }) => type === 'Progressing');
  const wasHere = phase === 'Verifying' && candidate?.startedAt === startedAt;
  const told = wasHere && progressing?.reason === 'ServiceBurning';
  return wait(
    inPhase(s.state, 'Verifying', s.now),
    'ServiceBurning',
    `${why}; looked at again at ${clockTime(next)}`,
    { wakeAt: next, notices: told ? [] : [warning('ServiceBurning', why)] },
  );
}
