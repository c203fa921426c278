import type { CanaryStep } from '../../api/artifact-release-spec.ts';
import type { Reason } from '../../api/conditions.ts';
import { analyse, type Judgement } from '../analysis.ts';
import { isAt, shortDigest } from '../digest.ts';
import { awaitPerson, hold, isPausedByHold, nextEvaluation, release } from '../hold.ts';
import { normal } from '../notice.ts';
import { isSatisfied } from '../proof.ts';
import { earliestEnd, stepsOf } from '../schedule/steps.ts';
import { closeSegment } from '../segments.ts';
import { withService } from '../service-policy.ts';
import { inPhase, move, type Outcome, type State, type WithCandidate, wait } from '../situation.ts';
import { after, clockTime, milliseconds, nextSlot, since, spanText } from '../time.ts';
import { isServing, leftOver } from '../workload.ts';
import { enterPromotion } from './promotion.ts';
import { fail } from './rollback.ts';
import { scheduleNote } from './schedule.ts';
import { enterStep, verificationOf } from './verification.ts';

/** One weight of the canary: pods first, then the clock, then the verdict, then a person where one is asked. */
export function canaryStep(s: WithCandidate): Outcome {
  const trouble = canaryTrouble(s);
  const { stepStartedAt } = s.state.candidate;
  if (stepStartedAt === undefined) return trouble ? waitForPods(s, trouble) : move(startClock(s));
  const { state, judgement, evaluations } = analyse(s, 'concurrent');
  const analysed: WithCandidate = { ...s, state };
  return {
    ...judged(analysed, withService(analysed, judgement), stepStartedAt, trouble),
    evaluations,
  };
}

function judged(s: WithCandidate, judgement: Judgement, stepStartedAt: string, trouble?: Trouble): Outcome {
  if (judgement.verdict === 'RollBack') {
    const message = `${stepText(s)}: ${judgement.message}`;
    return fail(s, { verdict: 'RolledBack', reason: judgement.reason, message });
  }
  // Without proof no pod is started in place of one that is gone, so pods are not what is missing.
  const unproven = withoutProof(s, judgement);
  if (unproven) return unproven;
  if (trouble) return holdForPods(s, trouble);
  return afterVerdict(s, judgement, stepStartedAt);
}

/** A verdict counts only while the digest is verified: lost proof neither promotes nor rolls back. */
function withoutProof(s: WithCandidate, { message }: Pick<Judgement, 'message'>): Outcome | undefined {
  const proof = verificationOf(s);
  if (isSatisfied(proof)) return undefined;
  if (!proof.pending)
    return hold(s, { verdict: 'Unknown', reason: proof.reason, message: proof.message }, stepText(s));
  // The answer is seconds away, and wakes the release.
  const { candidate, phase, hold: held } = s.state;
  const wakeAt = nextSlot(
    candidate.stepStartedAt ?? candidate.stageEnteredAt,
    s.spec.analysis.interval,
    s.now,
  );
  const reason = held?.reason ?? (phase === 'Paused' ? 'AwaitingApproval' : 'Progressing');
  const text = `${stepText(s)}: ${message}; nothing is decided before the proof of ${shortDigest(candidate.digest)} is read again, looked for at ${clockTime(wakeAt)}`;
  return wait(s.state, reason, text, { wakeAt });
}

function afterVerdict(s: WithCandidate, judgement: Judgement, stepStartedAt: string): Outcome {
  const step = stepOf(s);
  const end = after(stepStartedAt, step?.duration ?? '0s');
  const approved = s.state.candidate.approvedStep === s.state.candidate.step;
  // A person who ends such a pause answers for the step in place of the data.
  if (isPausedByHold(s.state)) return approved ? completeStep(s, judgement) : hold(s, judgement, stepText(s));
  const due = dataDue(s, stepStartedAt);
  if (judgement.early && !s.state.hold && s.now < due) {
    const message = `no data yet (${judgement.message}); on hold from ${clockTime(due)} unless there is some`;
    return progressing(s, { ...judgement, message }, s.now < end ? end : due);
  }
  if (judgement.verdict === 'Unknown' || judgement.reason === 'ServiceBurning') {
    return hold(s, judgement, stepText(s));
  }
  if (s.now < end) {
    const early = earliestEnd(s.spec.canary, step, stepStartedAt);
    const over = judgement.verdict === 'Pass' && judgement.proven && early && s.now >= early;
    return over ? completeStep(s, provenEarly(s, judgement, stepStartedAt)) : progressing(s, judgement, end);
  }
  // The clock has only just started: what is not yet asked for is not missing.
  const next = nextEvaluation(s);
  if (judgement.reason === 'Measuring' && next) return progressing(s, judgement, next);
  if (judgement.verdict !== 'Pass') return hold(s, judgement, stepText(s));
  if (step?.approval && !approved) return awaitApproval(s, judgement);
  return completeStep(s, judgement);
}

/** An increase needs two scrapes, so the first evaluation of new pods may find nothing; the second one should not. */
const dataDue = (s: WithCandidate, stepStartedAt: string): Date =>
  new Date(Date.parse(stepStartedAt) + 2 * milliseconds(s.spec.analysis.interval));

/** What is said of a step that ends before its time. */
function provenEarly(s: WithCandidate, judgement: Judgement, stepStartedAt: string): Judgement {
  const after = spanText(since(stepStartedAt, s.now));
  return { ...judgement, message: `proven after ${after} of ${stepOf(s)?.duration}: ${judgement.message}` };
}

function progressing(s: WithCandidate, judgement: Judgement, end: Date): Outcome {
  const next = nextEvaluation(s);
  const { state, notices } = release(s);
  const wakeAt = next && next < end ? next : end;
  const evaluation = next && next < end ? `next evaluation ${clockTime(next)}, ` : '';
  return wait(
    inPhase(state, 'Progressing', s.now),
    'Progressing',
    `${stepText(s)}: ${judgement.message}; ${evaluation}step ends at the earliest ${stepEnd(s, end)}`,
    { wakeAt, notices },
  );
}

function stepEnd(s: WithCandidate, end: Date): string {
  const { stepStartedAt } = s.state.candidate;
  const early = stepStartedAt && earliestEnd(s.spec.canary, stepOf(s), stepStartedAt);
  return early && early < end
    ? `${clockTime(end)}, or once it is proven, from ${clockTime(early)} on`
    : clockTime(end);
}

function awaitApproval(s: WithCandidate, judgement: Judgement): Outcome {
  const { digest } = s.state.candidate;
  const { state, notices } = release(s);
  const message = `${stepText(s)}: ${judgement.message}; ${awaitPerson(digest)}`;
  const asked =
    s.state.phase === 'Paused'
      ? []
      : [normal('AwaitingApproval', `${stepText(s)} of ${shortDigest(digest)} waits for approval`)];
  const wakeAt = nextEvaluation(s);
  return wait(inPhase(state, 'Paused', s.now), 'AwaitingApproval', message, {
    notices: [...notices, ...asked],
    ...(wakeAt && { wakeAt }),
  });
}

function completeStep(s: WithCandidate, judgement: Judgement): Outcome {
  const { candidate } = s.state;
  const completed = normal(
    'StepCompleted',
    `${stepText(s)} of ${shortDigest(candidate.digest)} passed: ${judgement.message}`,
  );
  const { state, notices } = release(s);
  const closed: WithCandidate = { ...s, state: closeSegment(state) };
  const last = candidate.step + 1 >= stepsOf(s.spec, candidate).length;
  const next = last ? enterPromotion(closed) : enterStep(closed, candidate.step + 1);
  return move(next, ...notices, completed);
}

const stepOf = (s: WithCandidate): CanaryStep | undefined =>
  stepsOf(s.spec, s.state.candidate)[s.state.candidate.step];

/** `Step 2/3 at 25%`; the spec may have lost the step since it was entered. */
export const stepText = (s: WithCandidate): string => {
  const { step, weight } = s.state.candidate;
  const steps = stepsOf(s.spec, s.state.candidate);
  return `Step ${Math.min(step + 1, steps.length)}/${steps.length} at ${steps[step]?.weight ?? weight}%`;
};

/** The weight of a step is in force once its pods are available: then its clock and its counts start. */
function startClock(s: WithCandidate): State {
  const { candidate } = s.state;
  const weight = stepOf(s)?.weight ?? candidate.weight;
  return { ...s.state, candidate: { ...candidate, weight, stepStartedAt: s.now.toISOString() } };
}

interface Trouble {
  readonly reason: Reason;
  readonly message: string;
}

/** Why the canary does not stand as the step wants it; undefined when it does. */
function canaryTrouble(s: WithCandidate): Trouble | undefined {
  if (s.seen.writeFailure) return s.seen.writeFailure;
  for (const { name, workload, canary, podTrouble } of s.seen.targets) {
    if (!workload) return { reason: 'DeploymentNotFound', message: `Deployment ${name} is gone` };
    const count = s.state.candidate.replicas.find((r) => r.name === name)?.count ?? 0;
    if (canary && canary.ownerUid !== s.meta.uid) {
      return {
        reason: 'CanaryNameTaken',
        message: `Deployment ${canary.name} exists and is not ours; rename or delete it`,
      };
    }
    const current = canary?.containers.some((c) => isAt(c.image, s.state.candidate.digest)) ?? false;
    if (!canary || !current || !isServing(canary, count) || podTrouble?.crashLooping) {
      const available = current ? (canary?.availableReplicas ?? 0) : 0;
      const old = canary && current ? leftOver(canary, count) : '';
      const crashes = podTrouble?.crashLooping ? 'a container crashes again and again' : undefined;
      const trouble = podTrouble?.why ?? crashes;
      const why = trouble ? ` (${trouble})` : '';
      return {
        reason: 'WaitingForPods',
        message: `${available} of ${count} canary pods of ${name} are available${old}${why}`,
      };
    }
  }
  return undefined;
}

function waitForPods(s: WithCandidate, trouble: Trouble): Outcome {
  const unproven = withoutProof(s, trouble);
  if (unproven) return unproven;
  if (s.state.hold) return afterLostProof(s);
  const deadline = after(s.state.candidate.stageEnteredAt, s.spec.canary.progressDeadline);
  if (s.now >= deadline) return deadlineExceeded(s, trouble);
  const message = `${stepText(s)}: ${trouble.message}; rolls back at ${clockTime(deadline)} ${unlessMended(trouble)}${scheduleNote(s)}`;
  return wait(inPhase(s.state, 'Progressing', s.now), trouble.reason, message, { wakeAt: deadline });
}

/** No pod could be started in the meantime: their deadline counts from now. A pause stays until a person ends it. */
function afterLostProof(s: WithCandidate): Outcome {
  const { candidate, hold: held, phase } = s.state;
  if (held && phase === 'Paused' && candidate.approvedStep !== candidate.step) {
    return hold(
      s,
      { verdict: 'Unknown', reason: held.reason, message: 'its proof was not known' },
      stepText(s),
    );
  }
  const { state, notices } = release(s);
  const fresh = { ...candidate, stageEnteredAt: s.now.toISOString() };
  return move({ ...inPhase(state, 'Progressing', s.now), candidate: fresh }, ...notices);
}

/**
 * Pods that were available and are no longer: the same deadline, counted from when they were lost. A pause that a hold
 * ran into is not over when they are back.
 */
function holdForPods(s: WithCandidate, trouble: Trouble): Outcome {
  const lost = s.state.hold?.reason === trouble.reason ? s.state.hold.since : s.now.toISOString();
  if (since(lost, s.now) >= milliseconds(s.spec.canary.progressDeadline)) return deadlineExceeded(s, trouble);
  const deadline = after(lost, s.spec.canary.progressDeadline);
  const phase = isPausedByHold(s.state) ? 'Paused' : 'Holding';
  const state = { ...inPhase(s.state, phase, s.now), hold: { reason: trouble.reason, since: lost } };
  const message = `${stepText(s)} on hold: ${trouble.message}; rolls back at ${clockTime(deadline)} ${unlessMended(trouble)}`;
  return wait(state, trouble.reason, message, { wakeAt: deadline });
}

const unlessMended = ({ reason }: Trouble): string =>
  reason === 'WaitingForPods'
    ? 'unless all of them are available, and stay so, before that'
    : 'unless that is mended before';

const deadlineExceeded = (s: WithCandidate, trouble: Trouble): Outcome =>
  fail(s, {
    verdict: 'RolledBack',
    reason: 'ProgressDeadlineExceeded',
    message: `${stepText(s)}: ${trouble.message}, still so after ${s.spec.canary.progressDeadline} (progressDeadline)`,
  });
