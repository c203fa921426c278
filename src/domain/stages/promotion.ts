import { shortDigest } from '../digest.ts';
import { normal } from '../notice.ts';
import { pinsFor, unpinned } from '../pins.ts';
import {
  inPhase,
  move,
  type Outcome,
  type TrialState,
  type WithCandidate,
  wait,
  without,
} from '../situation.ts';
import { after, clockTime } from '../time.ts';
import { isRolledOut, rolloutText } from '../workload.ts';
import { fail, revertedToStable } from './rollback.ts';

/** What is promoted is the digest in status, byte for byte the one that was analysed. */
export function enterPromotion(s: WithCandidate): TrialState {
  const { stepStartedAt: _, ...candidate } = s.state.candidate;
  return {
    ...inPhase(without(s.state, 'hold'), 'Promoting', s.now),
    candidate: { ...candidate, stageEnteredAt: s.now.toISOString() },
    pins: pinsFor(s.spec, s.seen.targets, candidate.digest, s.state.pins ?? []),
  };
}

/** The workloads roll out the candidate while the canary goes on serving; then the canary goes. */
export function promotion(s: WithCandidate): Outcome {
  const { candidate } = s.state;
  const name = shortDigest(candidate.digest);
  const reverted = revertedToStable(s);
  if (reverted) return reverted;
  const unfinished = unfinishedRollout(s);
  if (unfinished === undefined) {
    return move(
      enterBake(s),
      normal('Promoted', `Promoted ${name}: every workload runs it; bake for ${s.spec.bake.duration}`),
    );
  }
  const deadline = after(candidate.stageEnteredAt, s.spec.canary.progressDeadline);
  if (s.now >= deadline) {
    const message = `${unfinished}, ${s.spec.canary.progressDeadline} after promotion began`;
    return fail(s, { verdict: 'RolledBack', reason: 'ProgressDeadlineExceeded', message });
  }
  const message = `Promoting ${name}: ${unfinished}; rolls back at ${clockTime(deadline)} unless the rollout is over by then`;
  return wait(inPhase(s.state, 'Promoting', s.now), 'Promoting', message, { wakeAt: deadline });
}

function unfinishedRollout(s: WithCandidate): string | undefined {
  if (s.seen.writeFailure) return s.seen.writeFailure.message;
  for (const { name, workload } of s.seen.targets) {
    if (!workload) return `Deployment ${name} is gone`;
    if (workload.paused) return `Deployment ${name} is paused (spec.paused)`;
    if (unpinned(workload, s.state.pins ?? []).length > 0)
      return `Deployment ${name} does not have the image yet`;
    if (!isRolledOut(workload)) return `Deployment ${name} is rolling out: ${rolloutText(workload)}`;
  }
  return undefined;
}

/** What a person approved was a step: the bake has a number beyond the last one, and the spec may lose steps. */
function enterBake(s: WithCandidate): TrialState {
  const at = s.now.toISOString();
  const candidate = without(s.state.candidate, 'approvedStep');
  return {
    ...inPhase(s.state, 'Baking', s.now),
    candidate: { ...candidate, weight: 100, stageEnteredAt: at, stepStartedAt: at },
  };
}
