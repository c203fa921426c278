import type { Condition, Status } from '../api/artifact-release-status.ts';
import type { ConditionType, Reason } from '../api/conditions.ts';
import { shortDigest } from './digest.ts';
import type { Check } from './observation.ts';
import type { Situation, Wait } from './situation.ts';
import { isRolledOut, rolloutText } from './workload.ts';

const MAX_MESSAGE = 1024;
/** The answer of a verifier may list every signature that it found. */
const MAX_CHECK_MESSAGE = 512;

type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

/** Message, printer columns and conditions: all of them follow from the state and from what it waits for. */
export function summarize(s: Situation, outcome: Wait, before: Status | undefined): Status {
  const message = outcome.message.slice(0, MAX_MESSAGE);
  const findings: Record<ConditionType, Finding> = {
    Ready: ready(s, outcome, message),
    Reconciling: reconciling(s, outcome),
    Stalled: stalled(outcome, message),
    Verified: checked(s, s.seen.verification, 'VerificationUnknown'),
    Protected: checked(s, s.seen.protection, 'ProtectionUnknown'),
    Progressing: progressing(s, outcome),
    Healthy: healthy(s),
  };
  return {
    ...s.state,
    observedGeneration: s.meta.generation,
    message,
    summary: summary(s),
    conditions: transition(findings, before?.conditions ?? [], s),
  };
}

const finding = (status: Finding['status'], reason: Reason, message: string): Finding => ({
  status,
  reason,
  message,
});

const isSettled = (s: Situation): boolean => (s.state.suspended ?? s.state.phase) === 'Healthy';

function ready(s: Situation, outcome: Wait, message: string): Finding {
  if (!isSettled(s) || outcome.stalled) return finding('False', outcome.reason, message);
  const { digest } = s.spec.artifact;
  const check = s.seen.verification.get(digest);
  if (check?.state !== 'Satisfied') {
    return finding('False', check?.reason ?? 'VerificationUnknown', message);
  }
  // While it is suspended, the spec may name another digest than the one that runs.
  return digest === s.state.stable?.digest
    ? finding('True', 'Promoted', message)
    : finding('False', outcome.reason, message);
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

/** The digest in question is the one under trial, else the one that the spec asks for. */
function checked(s: Situation, checks: ReadonlyMap<string, Check>, unknown: Reason): Finding {
  const check = checks.get(s.state.candidate?.digest ?? s.spec.artifact.digest);
  if (!check) return finding('Unknown', unknown, 'not asked yet');
  const status = check.reason === 'NotConfigured' ? 'False' : STATUS[check.state];
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
      step: `${Math.min(candidate.step + 1, s.spec.canary.steps.length)}/${s.spec.canary.steps.length}`,
      weight: `${candidate.weight}%`,
    }),
    ...(burns.length > 0 && { burn: `${Math.max(...burns).toFixed(1)}x` }),
    ...(version !== undefined && { version }),
  };
}
