import type { Reason } from '../../api/conditions.ts';
import { shortDigest } from '../digest.ts';
import { entryOf, refusal, remember } from '../history.ts';
import { normal } from '../notice.ts';
import { inPhase, type Move, move, type State, type WithCandidate, without } from '../situation.ts';
import { tryDigest } from './rest.ts';

/**
 * The spec names another digest while a candidate is on its canary. Stable has not been touched, so the new
 * one starts at step 0 against the same stable; the digest of stable itself simply ends the trial.
 */
export function supersession(s: WithCandidate): Move | undefined {
  const { candidate, stable } = s.state;
  const wanted = s.spec.artifact.digest;
  if (wanted === candidate.digest) return undefined;
  const cancelled = wanted === stable.digest || refusal(s.state, wanted) !== undefined;
  const reason = cancelled ? 'Cancelled' : 'Superseded';
  const state = withoutTrial(s, reason);
  const why = cancelled ? 'the spec no longer names it' : `${shortDigest(wanted)} takes its place at step 1`;
  const notice = normal(reason, `${shortDigest(candidate.digest)} ends at ${candidate.weight}%: ${why}`);
  return move(cancelled ? inPhase(state, 'Healthy', s.now) : tryDigest({ ...s, state }, wanted), notice);
}

/** The state after a trial that ends without a verdict: the digest is not refused. */
export const withoutTrial = ({ state, spec, now }: WithCandidate, reason: Reason): State =>
  remember(
    without(state, 'candidate', 'hold', 'analysis', 'budget'),
    entryOf(state.candidate, 'Superseded', reason, now, { budgetSpent: state.budget?.spentPercent }),
    spec,
  );
