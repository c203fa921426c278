import { analyse, carrySegment } from '../analysis.ts';
import { normal } from '../notice.ts';
import { inPhase, move, type Outcome, type Situation, type State, wait, without } from '../situation.ts';

/**
 * Suspended, no workload is touched. Afterwards the release goes on where it stopped, and the step or bake it
 * was in starts its clock again: the time in between was not watched. What was counted until then still counts.
 */
export function suspension(s: Situation): Outcome | undefined {
  const { suspended, candidate } = s.state;
  if (s.spec.suspend) {
    if (suspended !== undefined) {
      return wait(
        s.state,
        'Suspended',
        `Suspended in phase ${suspended}; set spec.suspend to false to go on`,
      );
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

/** The counts up to here; those of a step or bake that goes on later are carried over into it. */
function lastCounts(s: Situation): State {
  const { candidate, failure } = s.state;
  if (candidate?.stepStartedAt === undefined || failure) return s.state;
  return carrySegment(analyse(s, candidate.weight === 100 ? 'before' : 'concurrent').state);
}
