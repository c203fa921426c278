import type { Reason } from '../../api/conditions.ts';
import { shortDigest } from '../digest.ts';
import { normal, warning } from '../notice.ts';
import type { Check } from '../observation.ts';
import { inPhase, move, type Outcome, type TrialState, type WithCandidate, wait } from '../situation.ts';
import { clockTime, nextSlot } from '../time.ts';
import { canaryReplicas } from '../workload.ts';
import { fail } from './rollback.ts';

const notAsked = (reason: Reason): Check => ({ state: 'Unknown', reason, message: 'there is no answer yet' });

/** What the verifier says of the candidate. A digest that nobody asked about is unknown: it is not verified. */
export const verificationOf = (s: WithCandidate): Check =>
  s.seen.verification.get(s.state.candidate.digest) ?? notAsked('VerificationUnknown');

const protectionOf = (s: WithCandidate): Check =>
  s.seen.protection.get(s.state.candidate.digest) ?? notAsked('ProtectionUnknown');

/** No pod runs the candidate before it is verified, and protected where that is asked for. */
export function verification(s: WithCandidate): Outcome {
  const { candidate } = s.state;
  const name = shortDigest(candidate.digest);
  const check = verificationOf(s);
  if (check.state === 'Refused') {
    const notices =
      s.state.phase === 'Blocked' ? [] : [warning(check.reason, `${name} is blocked: ${check.message}`)];
    const message = `${name} is blocked: ${check.message}; no pod runs it. Release another digest, or make this one provable`;
    return wait(inPhase(s.state, 'Blocked', s.now), check.reason, message, { stalled: true, notices });
  }
  const missing = [check, protectionOf(s)].find(({ state }) => state !== 'Satisfied');
  if (missing) {
    // Nothing tells when a registry or a log answers again, so it is asked.
    const next = nextSlot(candidate.stageEnteredAt, s.spec.analysis.interval, s.now);
    const message = `Verifying ${name}: ${missing.message}; no pod runs it until this is known; asked again at ${clockTime(next)}`;
    return wait(inPhase(s.state, 'Verifying', s.now), missing.reason, message, { wakeAt: next });
  }
  const started = normal(
    'ReleaseStarted',
    `Started canary of ${name} against stable ${shortDigest(s.state.stable.digest)}`,
  );
  return move(enterStep(s, 0), started);
}

/** The state at the door of a step: its canary size is fixed, its clock not yet started. */
export function enterStep(s: WithCandidate, step: number): TrialState {
  const weight = s.spec.canary.steps[step]?.weight ?? 0;
  const { stepStartedAt: _, ...candidate } = s.state.candidate;
  const replicas = s.spec.targets.map(({ name }) => ({
    name,
    count: canaryReplicas(s.seen.targets.find((t) => t.name === name)?.workload?.replicas ?? 0, weight),
  }));
  return {
    ...inPhase(s.state, 'Progressing', s.now),
    candidate: { ...candidate, step, replicas, stageEnteredAt: s.now.toISOString() },
  };
}

/** While a candidate runs, a digest that has become refused is left at once. */
export function revoked(s: WithCandidate): Outcome | undefined {
  const check = verificationOf(s);
  if (check.state !== 'Refused') return undefined;
  return fail(s, { verdict: 'RolledBack', reason: check.reason, message: check.message });
}
