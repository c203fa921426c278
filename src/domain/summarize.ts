import type { Spec } from '../api/artifact-release-spec.ts';
import type { Candidate, Condition, Status } from '../api/artifact-release-status.ts';
import type { ConditionType, Reason } from '../api/conditions.ts';
import { shortDigest } from './digest.ts';
import type { Check } from './observation.ts';
import { inQuestion, proofOf, toldProof } from './proof.ts';
import { toldProtection } from './protection-answer.ts';
import { protectionStatus } from './protection-summary.ts';
import { toldReadiness } from './rollback-readiness.ts';
import { stepsOf } from './schedule/steps.ts';
import { type Situation, type Wait, without } from './situation.ts';
import { lacksSafeDigest } from './stages/no-safe-digest.ts';
import { isRolledOut, rolloutText } from './workload.ts';

const MAX_MESSAGE = 1024;
/** The answer of a verifier may list every signature that it found. */
const MAX_CHECK_MESSAGE = 512;

type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

/** Message, printer columns and conditions: all of them follow from the state and from what it waits for. */
export function summarize(s: Situation, outcome: Wait): Status {
  const message = outcome.message.slice(0, MAX_MESSAGE);
  const digest = inQuestion(s);
  const proof = toldProof(s, digest);
  const findings: Record<ConditionType, Finding> = {
    Ready: ready(s, outcome, message),
    Reconciling: reconciling(s, outcome),
    Stalled: stalled(outcome, message),
    Verified: checked(proof),
    Protected: checked(toldProtection(s, digest)),
    RollbackReady: checked(toldReadiness(s)),
    Progressing: progressing(s, outcome),
    Healthy: healthy(s),
  };
  const protection = protectionStatus(s);
  return {
    ...without(s.state, 'verification', 'protection'),
    ...(proof.record && { verification: proof.record }),
    ...(protection && { protection }),
    observedGeneration: s.meta.generation,
    message,
    summary: summary(s),
    conditions: transition(findings, s.stored?.conditions ?? [], s),
  };
}

const finding = (status: Finding['status'], reason: Reason, message: string): Finding => ({
  status,
  reason,
  message,
});

const isSettled = (s: Situation): boolean => (s.state.suspended ?? s.state.phase) === 'Healthy';

function ready(s: Situation, outcome: Wait, message: string): Finding {
  // A trial may go on all the same: it is the way out.
  if (keepsUnsafeDigest(s)) return finding('False', 'NoSafeDigest', message);
  const { digest } = s.spec.artifact;
  // While it is suspended, the spec may name another digest than the one that runs.
  if (!isSettled(s) || outcome.stalled || digest !== s.state.stable?.digest) {
    return finding('False', outcome.reason, message);
  }
  const { state, reason } = toldProof(s, digest);
  return state === 'Satisfied' ? finding('True', 'Promoted', message) : finding('False', reason, message);
}

/** As it was told, while the answer about stable is awaited. */
function keepsUnsafeDigest(s: Situation): boolean {
  const { stable } = s.state;
  if (!stable || !proofOf(s, stable.digest).pending) return lacksSafeDigest(s);
  const told = s.stored?.conditions.find(({ type }) => type === 'Ready')?.reason;
  return told === 'NoSafeDigest' && s.stored?.stable?.digest === stable.digest;
}

/** kstatus: True while the operator works towards the spec by itself, which is also while it waits for data. */
function reconciling(s: Situation, outcome: Wait): Finding {
  const busy = !outcome.stalled && !isSettled(s) && s.state.phase !== 'Suspended';
  return busy
    ? finding('True', outcome.reason, inShort(s))
    : finding('False', s.state.phase === 'Suspended' ? 'Suspended' : 'Healthy', '');
}

const stalled = (outcome: Wait, message: string): Finding =>
  outcome.stalled ? finding('True', outcome.reason, message) : finding('False', 'Progressing', '');

/** Nothing is missing then, but nothing is done either. */
const IDLE: readonly Reason[] = ['NotConfigured', 'ReportOnly'];

function checked(check: Check): Finding {
  const status = IDLE.includes(check.reason) ? 'False' : STATUS[check.state];
  return finding(status, check.reason, check.message.slice(0, MAX_CHECK_MESSAGE));
}

const STATUS = { Satisfied: 'True', Refused: 'False', Unknown: 'Unknown' } as const;

function progressing(s: Situation, outcome: Wait): Finding {
  const busy = s.state.candidate !== undefined && !outcome.stalled;
  return finding(busy ? 'True' : 'False', outcome.reason, inShort(s));
}

/** The sentence with the numbers stands in status.message and Ready; three times would be a tenth of the status. */
function inShort({ state: { phase, candidate } }: Situation): string {
  return candidate ? `${phase} ${shortDigest(candidate.digest)} at ${candidate.weight}%` : phase;
}

/** Whether the workloads themselves stand, whatever the release is doing. */
function healthy(s: Situation): Finding {
  for (const { name, workload } of s.seen.targets) {
    if (!workload) return finding('Unknown', 'DeploymentNotFound', `Deployment ${name} does not exist`);
    if (!isRolledOut(workload))
      return finding('False', 'WaitingForPods', `Deployment ${name}: ${rolloutText(workload)}`);
  }
  return finding('True', 'Healthy', 'every workload is fully available');
}

function transition(
  findings: Record<ConditionType, Finding>,
  before: readonly Condition[],
  s: Situation,
): Condition[] {
  return Object.entries(findings).map(([type, found]) => {
    const old = before.find((c) => c.type === type);
    return {
      type: type as ConditionType,
      ...found,
      message: found.message.slice(0, MAX_MESSAGE),
      observedGeneration: s.meta.generation,
      lastTransitionTime: old?.status === found.status ? old.lastTransitionTime : s.now.toISOString(),
    };
  });
}

function stepCount(spec: Spec, candidate: Candidate): string {
  const { length } = stepsOf(spec, candidate);
  return `${Math.min(candidate.step + 1, length)}/${length}`;
}

function summary(s: Situation): Status['summary'] {
  const { stable, candidate, analysis } = s.state;
  const burns = analysis?.flatMap((a) => a.burnRate ?? []) ?? [];
  const { artifact } = s.spec;
  const { version } = candidate ?? stable ?? artifact;
  const asked = artifact.digest === stable?.digest ? undefined : artifact.digest;
  const beside = candidate?.digest ?? asked;
  return {
    ...(stable && { stable: shortDigest(stable.digest) }),
    ...(beside !== undefined && { candidate: shortDigest(beside) }),
    ...(candidate && {
      step: stepCount(s.spec, candidate),
      weight: `${candidate.weight}%`,
    }),
    ...(burns.length > 0 && { burn: `${Math.max(...burns).toFixed(1)}x` }),
    ...(version !== undefined && { version }),
  };
}
