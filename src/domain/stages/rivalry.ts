import type { Pin } from '../../api/artifact-release-status.ts';
import { shortDigest } from '../digest.ts';
import { warning } from '../notice.ts';
import type { Claim } from '../observation.ts';
import { inPhase, type Move, move, type Outcome, type Situation, wait, without } from '../situation.ts';
import { fail, isPinned, rollback } from './rollback.ts';
import { withoutTrial } from './supersession.ts';

/** Targets of ours that an older release names. */
const rivals = ({ seen }: Situation): readonly Claim[] => seen.claims.filter((claim) => claim.precedes);

/** Whose our target is; undefined while all of them are ours. */
export function rivalText(s: Situation): string | undefined {
  const [rival] = rivals(s);
  return rival && `Deployment ${rival.target} belongs to ArtifactRelease ${rival.release}, which is older`;
}

/**
 * Two releases that pin one workload would fight over its image, so the younger one stands back. Its trial ends
 * unjudged and starts afresh when the older release goes. What it has rolled out it takes back first: the
 * older one waits for that, and adopts what is proven.
 */
export function rivalry(s: Situation): Outcome | undefined {
  const why = rivalText(s);
  if (why === undefined) return undefined;
  const { candidate, stable, failure } = s.state;
  if (failure && stable) return rollback({ ...s, state: { ...s.state, failure, stable } });
  if (candidate && stable) {
    const trial = { ...s, state: { ...s.state, candidate, stable } };
    if (isPinned(s.state, candidate))
      return fail(trial, { verdict: 'Superseded', reason: 'DuplicateTarget', message: why });
    const notice = `${shortDigest(candidate.digest)} ends unjudged at ${candidate.weight}%: ${why}`;
    const state = inPhase(withoutTrial(trial, 'DuplicateTarget'), 'Pending', s.now);
    return move(state, warning('DuplicateTarget', notice));
  }
  return letGo(s, rivals(s)) ?? standBack(s, why);
}

function standBack(s: Situation, why: string): Outcome {
  const message = `${why}; nothing is done until the target is removed from one of the two`;
  return wait(inPhase(s.state, 'Pending', s.now), 'DuplicateTarget', message, { stalled: true });
}

/** A pin that an older release has set as well is lost: held on to, it would only be fought over. */
export const yieldPins = (s: Situation): Move | undefined => {
  const lost = rivals(s).filter((claim) => claim.pins);
  return keepPins(s, pinsBeside(s, lost));
};

/** With its last pin a release lets go of stable too: by the time it comes back, something else may run. */
function letGo(s: Situation, claims: readonly Claim[]): Move | undefined {
  const pins = pinsBeside(s, claims);
  if (pins.length === 0 && (s.state.stable ?? s.state.pins)) return move(without(s.state, 'stable', 'pins'));
  return keepPins(s, pins);
}

const keepPins = ({ state }: Situation, pins: readonly Pin[]): Move | undefined =>
  pins.length === (state.pins ?? []).length ? undefined : move({ ...state, pins: [...pins] });

const pinsBeside = ({ state }: Situation, claims: readonly Claim[]) =>
  (state.pins ?? []).filter((pin) => !claims.some((claim) => claim.target === pin.name));

/** A workload that another release still pins is neither adopted nor pinned: it may be on its way back to stable. */
export function occupancy(s: Situation): Outcome | undefined {
  const isOurs = (target: string): boolean => s.state.pins?.some((pin) => pin.name === target) ?? false;
  const holder = s.seen.claims.find((claim) => claim.pins && !isOurs(claim.target));
  if (!holder) return undefined;
  const { target, release } = holder;
  const message = `Waiting for ArtifactRelease ${release} to let go of Deployment ${target}, which it does once that runs its stable digest; if it does not, look at its status`;
  return wait(inPhase(s.state, 'Pending', s.now), 'DuplicateTarget', message);
}
