import { shortDigest } from '../digest.ts';
import { normal, warning } from '../notice.ts';
import type { Check, Proof } from '../observation.ts';
import { asStored, isRevoked, isSatisfied, proofOf, toldProof } from '../proof.ts';
import { stepsOf } from '../schedule/steps.ts';
import {
  inPhase,
  move,
  type Outcome,
  type TrialState,
  toldReason,
  type Wait,
  type WithCandidate,
  wait,
} from '../situation.ts';
import { clockTime, nextSlot } from '../time.ts';
import { canaryReplicas } from '../workload.ts';
import { door } from './door.ts';
import { fail } from './rollback.ts';
import { awaitTraffic, scheduled } from './schedule.ts';
import { whileBudgetIsExhausted, whileServiceBurns } from './service-door.ts';

/** What the verifier says of the candidate. */
export const verificationOf = (s: WithCandidate): Proof => proofOf(s, s.state.candidate.digest);

/**
 * No pod runs the candidate before it is verified, and protected where that is asked for, nor while the service burns
 * or has no error budget left.
 */
export function verification(s: WithCandidate): Outcome {
  const { candidate, phase } = s.state;
  const name = shortDigest(candidate.digest);
  const proof = verificationOf(s);
  if (proof.state === 'Refused') return blocked(s, proof);
  const told = toldProof(s, candidate.digest);
  if (proof.pending && phase === 'Blocked') {
    const still = asStored(s) ?? (isSatisfied(told) ? undefined : blocked(s, told));
    if (still) return still;
  }
  if (!isSatisfied(proof)) return unproven(s, told.state === 'Unknown' ? told : proof, proof.until);
  const closed = door(s) ?? awaitTraffic(s) ?? whileServiceBurns(s) ?? whileBudgetIsExhausted(s);
  if (closed) return closed;
  const { trial, told: steps } = scheduled(s);
  const started = normal(
    'ReleaseStarted',
    `Started canary of ${name} against stable ${shortDigest(s.state.stable.digest)}${steps}`,
  );
  return move(enterStep(trial, 0), started);
}

/** A registry that is back, or a log, does not say so by itself. */
function unproven(s: WithCandidate, { reason, message }: Check, until: Date | undefined): Wait {
  const { digest, stageEnteredAt } = s.state.candidate;
  const next = until && until > s.now ? until : nextSlot(stageEnteredAt, s.spec.analysis.interval, s.now);
  const text = `Verifying ${shortDigest(digest)}: ${message}; no pod runs it until this is known; asked again at ${clockTime(next)}`;
  return wait(inPhase(s.state, 'Verifying', s.now), reason, text, { wakeAt: next });
}

/** It goes on by itself once the verifier finds what it misses, or the revocation is gone. */
function blocked(s: WithCandidate, proof: Proof): Outcome {
  const { phase, candidate } = s.state;
  const { reason, message, until } = proof;
  const name = shortDigest(candidate.digest);
  const what = isRevoked(proof)
    ? `${name} is revoked: ${message}; no pod runs it. Release another digest; should the revocation be lifted, this one goes on by itself`
    : `${name} is blocked: ${message}; no pod runs it. Release another digest, or make this one provable, and it goes on by itself`;
  const again = until && until > s.now ? `; asked again at ${clockTime(until)}` : '';
  const isTold = phase === 'Blocked' && toldReason(s) !== 'BudgetExhausted';
  const notices = isTold ? [] : [warning(reason, `${name} is blocked: ${message}`)];
  return wait(inPhase(s.state, 'Blocked', s.now), reason, `${what}${again}`, { stalled: true, notices });
}

/** The state at the door of a step: its canary size is fixed, its clock not yet started. */
export function enterStep(s: WithCandidate, step: number): TrialState {
  const weight = stepsOf(s.spec, s.state.candidate)[step]?.weight ?? 0;
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
