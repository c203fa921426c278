import { analyse, type Judgement } from '../analysis.ts';
import { shortDigest } from '../digest.ts';
import { entryOf, remember } from '../history.ts';
import { hold, nextEvaluation, release } from '../hold.ts';
import { normal } from '../notice.ts';
import { stepsOf } from '../schedule/steps.ts';
import { withService } from '../service-policy.ts';
import { inPhase, type Move, move, type Outcome, type WithCandidate, wait, without } from '../situation.ts';
import { after, clockTime, milliseconds } from '../time.ts';
import { fail, revertedToStable } from './rollback.ts';

/** The watch after promotion: the workloads run the candidate, and stable is still one roll-back away. */
export function bake(s: WithCandidate): Outcome {
  const { candidate } = s.state;
  const wanted = s.spec.artifact.digest;
  const reverted = revertedToStable(s);
  if (reverted) return reverted;
  if (wanted !== candidate.digest)
    return conclude(s, 'Superseded', `${shortDigest(wanted)} follows in mid-bake`);
  const { state, judgement, evaluations } = analyse(s, 'before');
  const analysed: WithCandidate = { ...s, state };
  return { ...judged(analysed, withService(analysed, judgement)), evaluations };
}

function judged(s: WithCandidate, judgement: Judgement): Outcome {
  if (judgement.verdict !== 'RollBack') return afterVerdict(s, judgement);
  const { message, reason } = judgement;
  return fail(s, { verdict: 'RolledBack', reason, message: `Bake: ${message}` });
}

/**
 * Promotion is done, so a bake asks for no proof of its own: it ends when its time is over and nothing speaks
 * against the candidate. Counts that are unknown hold it, as everywhere, and so does a service that burns as a whole.
 */
function afterVerdict(s: WithCandidate, judgement: Judgement): Outcome {
  const { candidate } = s.state;
  const end = after(candidate.stepStartedAt ?? candidate.stageEnteredAt, s.spec.bake.duration);
  const approved = candidate.approvedStep === stepsOf(s.spec, candidate).length;
  const measurable = milliseconds(s.spec.bake.duration) > 0;
  if (s.now >= end && (approved || !measurable)) return conclude(s, 'Promoted', 'bake is over');
  const waits = judgement.verdict === 'Unknown' || judgement.wholeService === true;
  if (waits && s.now >= end) return hold(s, judgement, 'Bake');
  if (s.now >= end) return conclude(s, 'Promoted', judgement.message);
  const next = nextEvaluation(s);
  const { state, notices } = waits ? { state: s.state, notices: [] } : release(s);
  const message = `Baking ${shortDigest(candidate.digest)} until ${clockTime(end)}: ${judgement.message}`;
  const wakeAt = next && next < end ? next : end;
  return wait(inPhase(state, 'Baking', s.now), 'Baking', message, { wakeAt, notices });
}

/** The candidate is stable from here on. */
function conclude(s: WithCandidate, reason: 'Promoted' | 'Superseded', why: string): Move {
  const { candidate, budget } = s.state;
  const state = without(s.state, 'candidate', 'hold', 'analysis', 'budget');
  const version = candidate.version;
  const stable = {
    digest: candidate.digest,
    ...(version !== undefined && { version }),
    promotedAt: s.now.toISOString(),
  };
  return move(
    remember(
      { ...inPhase(state, 'Healthy', s.now), stable },
      entryOf(candidate, 'Promoted', reason, s.now, { budgetSpent: budget?.spentPercent }),
      s.spec,
    ),
    normal('Healthy', `${shortDigest(candidate.digest)} is stable: ${why}`),
  );
}
