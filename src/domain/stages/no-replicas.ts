import { shortDigest } from '../digest.ts';
import { release } from '../hold.ts';
import { warning } from '../notice.ts';
import { inPhase, move, type Outcome, type WithCandidate, wait } from '../situation.ts';
import { stepText } from './canary-step.ts';
import { enterStep } from './verification.ts';

/**
 * With every workload scaled to 0 the canary has no pod either: a step would pass although nothing ever ran the
 * digest. It waits without a deadline, for it costs and risks nothing, and begins when there are replicas.
 */
export function withoutReplicas(s: WithCandidate): Outcome | undefined {
  const { candidate, hold } = s.state;
  const { targets } = s.seen;
  if (candidate.stepStartedAt !== undefined || hasReplicas(s)) return undefined;
  if (targets.some(({ workload }) => !workload)) return undefined;
  const resized = enterStep(s, candidate.step);
  if (hasReplicas({ ...s, state: resized })) {
    const { state, notices } = release({ ...s, state: resized });
    return move(state, ...notices);
  }
  const digest = shortDigest(candidate.digest);
  const names = targets.map(({ name }) => `Deployment ${name}`).join(', ');
  const why = `${names} scaled to 0 replicas, so no pod would run ${digest}`;
  const isNews = hold?.reason !== 'NoReplicas';
  const state = {
    ...inPhase(s.state, 'Holding', s.now),
    hold: isNews ? { reason: 'NoReplicas' as const, since: s.now.toISOString() } : hold,
  };
  const message = `${stepText(s)} on hold: ${why}; scale up, and the step begins, or annotate artifactrelease.dev/promote=${candidate.digest} to go on without a canary`;
  const notices = isNews ? [warning('NoReplicas', `${stepText(s)} of ${digest} on hold: ${why}`)] : [];
  return wait(state, 'NoReplicas', message, { stalled: true, notices });
}

const hasReplicas = ({ state }: WithCandidate): boolean =>
  state.candidate.replicas.some(({ count }) => count > 0);
