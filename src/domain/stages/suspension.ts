import { analyse } from '../analysis.ts';
import { shortDigest } from '../digest.ts';
import { normal } from '../notice.ts';
import { isRevoked, proofOf } from '../proof.ts';
import { carrySegment } from '../segments.ts';
import { inPhase, move, type Outcome, type Situation, type State, wait, without } from '../situation.ts';

/**
 * Suspended, no workload is touched. Afterwards the release goes on where it stopped, and the step or bake it
 * was in starts its clock again: the time in between was not watched. What was counted until then still counts.
 */
export function suspension(s: Situation): Outcome | undefined {
  const { suspended, candidate } = s.state;
  if (s.spec.suspend) {
    if (suspended !== undefined) {
      const message = `Suspended in phase ${suspended}${revocations(s)}; set spec.suspend to false to go on`;
      return wait(s.state, 'Suspended', message);
    }
    const state = { ...inPhase(lastCounts(s), 'Suspended', s.now), suspended: s.state.phase };
    return move(state, normal('Suspended', `Suspended in phase ${s.state.phase}`));
  }
  if (suspended === undefined) return undefined;
  const resumed = inPhase(without(s.state, 'suspended', 'hold'), suspended, s.now);
  const notice = normal('Resumed', `Resumed in phase ${suspended}`);
  if (!candidate) return move(resumed, notice);
  const at = s.now.toISOString();
  const { stepStartedAt: _, ...rest } = candidate;
  const clock = candidate.weight === 100 ? { stepStartedAt: at } : {};
  return move({ ...resumed, candidate: { ...rest, stageEnteredAt: at, ...clock } }, notice);
}

/** A freeze is a person's order and holds against a revocation too, but not in silence. */
function revocations(s: Situation): string {
  const { candidate, stable } = s.state;
  const revoked = [candidate, stable].flatMap((one) => {
    const proof = one && proofOf(s, one.digest);
    return proof && isRevoked(proof) ? [`${shortDigest(one.digest)} is revoked (${proof.message})`] : [];
  });
  return revoked.length > 0 ? `, although ${revoked.join(', ')}` : '';
}

/** The counts up to here; those of a step or bake that goes on later are carried over into it. */
function lastCounts(s: Situation): State {
  const { candidate, failure } = s.state;
  if (candidate?.stepStartedAt === undefined || failure) return s.state;
  const trial = { ...s, state: { ...s.state, candidate } };
  return carrySegment(analyse(trial, candidate.weight === 100 ? 'before' : 'concurrent').state);
}
