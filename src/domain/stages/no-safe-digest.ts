import { shortDigest } from '../digest.ts';
import { mustReturn, newestGood, returnable } from '../fallback.ts';
import { warning } from '../notice.ts';
import { proofOf } from '../proof.ts';
import { inPhase, type Outcome, type Situation, wait } from '../situation.ts';
import { clockTime, nextSlot } from '../time.ts';
import { isPinned } from './rollback.ts';

/** What runs is revoked, and no digest of the history is there to return to. */
export function lacksSafeDigest(s: Situation): boolean {
  const { candidate } = s.state;
  const replaced = candidate !== undefined && isPinned(s.state, candidate);
  return !replaced && mustReturn(s) && newestGood(s) === undefined;
}

/** Taking the workloads down is not the operator's to decide: they run on, and a person is told. */
export function noSafeDigest(s: Situation): Outcome | undefined {
  const { stable, phase, phaseStartedAt } = s.state;
  if (stable === undefined || !lacksSafeDigest(s)) return undefined;
  const name = shortDigest(stable.digest);
  const why = `${name} is revoked: ${proofOf(s, stable.digest).message}`;
  const past = returnable(s.state);
  if (phase !== 'Blocked' && past.some(({ digest }) => proofOf(s, digest).pending)) {
    const wakeAt = nextSlot(phaseStartedAt, s.spec.analysis.interval, s.now);
    const names = past.map(({ digest }) => shortDigest(digest)).join(', ');
    const message = `${why}; looking for a digest of the history to return to (${names}), again at ${clockTime(wakeAt)}`;
    return wait(s.state, 'Revoked', message, { wakeAt });
  }
  const message = `${why}; its history has no digest that is verified and not revoked${pastProofs(s)}, so workloads stay as they are. Release another digest`;
  const notices = phase === 'Blocked' ? [] : [warning('NoSafeDigest', message)];
  return wait(inPhase(s.state, 'Blocked', s.now), 'NoSafeDigest', message, { stalled: true, notices });
}

/** Why each of them is none, as far as there is room. */
function pastProofs(s: Situation): string {
  const reasons = returnable(s.state).map(
    ({ digest }) => `${shortDigest(digest)} ${proofOf(s, digest).reason}`,
  );
  return reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
}
