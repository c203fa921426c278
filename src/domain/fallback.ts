import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { HistoryEntry, Pin, Stable } from '../api/artifact-release-status.ts';
import type { Digest } from '../api/scalars.ts';
import { parseImage } from './digest.ts';
import { proven } from './history.ts';
import type { Observation } from './observation.ts';
import { isRevoked, isSatisfied, mustLeave, proofOf } from './proof.ts';
import { isLost } from './protection-answer.ts';
import type { Situation, State } from './situation.ts';

/** What the workloads may return to apart from stable: promoted or adopted, and nothing ended it since; newest first. */
export function returnable(state: State): readonly Stable[] {
  const taken = [state.stable, state.candidate, state.failure].map((one) => one?.digest);
  const digests = [...new Set((state.history ?? []).map(({ digest }) => digest))];
  return digests.flatMap((digest) => {
    const entry = taken.includes(digest) ? undefined : proven(state, digest);
    return entry ? [stableFrom(entry)] : [];
  });
}

/** Stable again, as the history remembers it. */
export const stableFrom = ({ digest, version, finishedAt }: HistoryEntry): Stable => ({
  digest,
  ...(version !== undefined && { version }),
  promotedAt: finishedAt,
});

/** The newest digest of the history that is verified now, and with that not revoked; a lost one only for want of another. */
export function newestGood(s: Situation): Stable | undefined {
  const good = returnable(s.state).filter(({ digest }) => isSatisfied(proofOf(s, digest)));
  return good.find(({ digest }) => !isLost(s, digest)) ?? good[0];
}

/**
 * Digests of the history are asked about only once stable is refused, for most releases never need them. Answers
 * about what was asked before are given.
 */
export function fallbackQuestions(
  { status }: Pick<ArtifactRelease, 'status'>,
  verification: Observation['verification'],
): readonly Digest[] {
  if (!status?.stable || verification.get(status.stable.digest)?.state !== 'Refused') return [];
  return returnable(status)
    .map(({ digest }) => digest)
    .filter((digest) => !verification.has(digest));
}

/** A digest that was left is pinned all the same, for there was none to return to. */
export const isStranded = ({ pins = [], stable, candidate, failure }: State): boolean =>
  !candidate &&
  !failure &&
  pins.some(({ image }) => ![undefined, stable?.digest].includes(parseImage(image)?.digest));

/** What the workloads run has to be left for another digest, because of a revocation. */
export function mustReturn(s: Situation): boolean {
  const { stable } = s.state;
  if (stable === undefined) return false;
  const proof = proofOf(s, stable.digest);
  return mustLeave(proof) || (isRevoked(proof) && isStranded(s.state));
}

/** Pins without those at a revoked digest: that is not started anew, not even to put back what somebody changed. */
export const pinsInForce = (s: Situation): readonly Pin[] =>
  (s.state.pins ?? []).filter(({ image }) => {
    const digest = parseImage(image)?.digest ?? s.state.stable?.digest;
    return digest === undefined || !isRevoked(proofOf(s, digest));
  });
