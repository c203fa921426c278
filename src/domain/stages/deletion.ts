import { shortDigest } from '../digest.ts';
import { pinsFor } from '../pins.ts';
import { awaitsOrphaning } from '../protection-answer.ts';
import { move, type Outcome, type Situation, wait, without } from '../situation.ts';
import { clockTime, nextSlot } from '../time.ts';
import { isPinned, unsettled, wayBack } from './rollback.ts';

/** The release goes; its workloads stay, at stable. The finalizer is released when nothing of ours is left. */
export function deletion(s: Situation): Outcome | undefined {
  if (s.meta.deletionTimestamp === undefined) return undefined;
  const { candidate, stable } = s.state;
  if (candidate && stable) {
    const state = without(s.state, 'candidate', 'hold', 'suspended');
    const to = wayBack({ ...s, state: { ...s.state, candidate, stable } });
    if (!to || !isPinned(s.state, candidate)) return move(state);
    const pins = pinsFor(s.spec, s.seen.targets, to.digest, s.state.pins ?? []);
    return move({ ...state, stable: to, pins });
  }
  const runs = stable ? `; workloads go on running ${shortDigest(stable.digest)}` : '';
  const left = unsettled(s);
  if (left === undefined && awaitsOrphaning(s)) {
    const wakeAt = nextSlot(s.state.phaseStartedAt, s.spec.analysis.interval, s.now);
    const message = `Deleting: waiting for it to be on record that its tags stay (spec.protection.deletionPolicy is Orphan)${runs}; looked at again at ${clockTime(wakeAt)}`;
    return wait(s.state, 'Pending', message, { wakeAt });
  }
  return wait(s.state, 'Pending', `Deleting: ${left ?? 'releasing the finalizer'}${runs}`);
}
