import type { Stable } from '../../api/artifact-release-status.ts';
import { shortDigest } from '../digest.ts';
import { mustReturn, newestGood } from '../fallback.ts';
import { normal, warning } from '../notice.ts';
import { pinsFor, unpinned } from '../pins.ts';
import { isRevoked, mustLeave, proofOf } from '../proof.ts';
import { type Move, move, type Situation } from '../situation.ts';
import { isPinned, leaveStable } from './rollback.ts';
import { withoutTrial } from './supersession.ts';

type WithStable = Situation & { readonly state: { readonly stable: Stable } };

/**
 * Stable is revoked: the workloads return to the newest good digest of the history. A trial ends unjudged, for it
 * was measured against what goes now, and starts afresh. Once the candidate has taken the place of stable
 * everywhere, only the way back is another one.
 */
export function revokedStable(s: WithStable): Move | undefined {
  const { stable, candidate } = s.state;
  const good = mustReturn(s) ? newestGood(s) : undefined;
  if (!good) return undefined;
  const { message } = proofOf(s, stable.digest);
  const names = { stable: shortDigest(stable.digest), good: shortDigest(good.digest) };
  if (candidate?.weight === 100) {
    const notice = `${names.stable} is revoked: ${message}; a roll-back would return to ${names.good}`;
    return move({ ...s.state, stable: good }, warning('Revoked', notice));
  }
  // A promotion that has begun is the shortest way off stable.
  if (candidate && isPinned(s.state, candidate)) return undefined;
  const cause = { verdict: 'RolledBack', reason: 'Revoked', message } as const;
  if (!candidate) return leaveStable(s, cause, good);
  const ended = withoutTrial({ ...s, state: { ...s.state, candidate } }, 'Revoked');
  const left = leaveStable({ ...s, state: { ...ended, stable } }, cause, good);
  const why = `${shortDigest(candidate.digest)} ends unjudged at ${candidate.weight}%, for its stable ${names.stable} is revoked; it starts afresh against ${names.good}`;
  return { ...left, notices: [normal('Superseded', why), ...left.notices] };
}

/** A roll-back whose target is revoked on the way goes to the newest good digest instead. */
export function retarget(s: WithStable): Move | undefined {
  const { stable, pins = [] } = s.state;
  const proof = proofOf(s, stable.digest);
  const underWay = s.seen.targets.some(({ workload }) => workload && unpinned(workload, pins).length > 0);
  if (!mustLeave(proof) && !(isRevoked(proof) && underWay)) return undefined;
  const good = newestGood(s);
  if (!good) return undefined;
  const message = `Rolling back to ${shortDigest(good.digest)} instead: ${shortDigest(stable.digest)} is revoked: ${proof.message}`;
  return move(
    { ...s.state, stable: good, pins: pinsFor(s.spec, s.seen.targets, good.digest, pins) },
    warning('Revoked', message),
  );
}
