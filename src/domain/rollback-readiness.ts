import { isDeepStrictEqual } from 'node:util';
import type { Digest } from '../api/scalars.ts';
import { shortDigest } from './digest.ts';
import { returnable } from './fallback.ts';
import type { Check } from './observation.ts';
import { isSatisfied, proofOf, storedCheck } from './proof.ts';
import { keptDigests } from './protection/kept-digests.ts';
import { isLost, isProtected, protectionMode, protectionOf } from './protection-answer.ts';
import type { Situation, State } from './situation.ts';

/** Whether a roll-back has somewhere to go that is proven, and that the registry can still give out; as people are told it. */
export function toldReadiness(s: Situation): Check {
  if (protectionMode(s) === 'None')
    return { state: 'Refused', reason: 'NotConfigured', message: NOT_ASKED_FOR };
  const digests = waysBack(s.state);
  const [first] = digests;
  if (first === undefined) return { state: 'Refused', reason: 'NothingToReturnTo', message: NOTHING };
  const good = digests.find((digest) => !isLost(s, digest) && proofOf(s, digest).state !== 'Refused');
  return asStored(s, digests) ?? rollbackReadiness(s, good ?? first);
}

const NOT_ASKED_FOR = 'without protection the registry may collect what a roll-back needs';
const NOTHING = 'no other digest was promoted or adopted yet';

/** What a roll-back would choose from: stable, while something else is on its way or being left; newest first. */
function waysBack(state: State): readonly Digest[] {
  const { stable, candidate, failure } = state;
  if (stable && (candidate || failure)) return [stable.digest];
  return returnable(state).map(({ digest }) => digest);
}

/** What was told before, while an answer that it depends on is awaited. */
function asStored(s: Situation, digests: readonly Digest[]): Check | undefined {
  const { stored, state } = s;
  const awaited =
    (state.stable && proofOf(s, state.stable.digest).pending) ||
    digests.some((digest) => protectionOf(s, digest).pending);
  const same = stored?.protection && isDeepStrictEqual(waysBack(stored), digests);
  return awaited && same ? storedCheck(stored, 'RollbackReady') : undefined;
}

/** Whether a roll-back could return to this digest now. The proof of one that is history is not asked for in advance. */
export function rollbackReadiness(s: Situation, digest: Digest): Check {
  const name = shortDigest(digest);
  const proof = proofOf(s, digest);
  const isStable = digest === s.state.stable?.digest;
  if (isStable ? !isSatisfied(proof) : proof.state === 'Refused')
    return notReady(proof.state, `${name}, which is not verified: ${proof.message}`);
  const protection = safety(s, digest);
  if (!isProtected(protection))
    return notReady(protection.state, `${name}, which is not protected: ${protection.message}`);
  const proven = isStable ? 'verified and protected' : 'protected; its proof is read when it is needed';
  return { state: 'Satisfied', reason: 'RollbackReady', message: `${name} is ${proven}` };
}

const FORGOTTEN: Check = {
  state: 'Refused',
  reason: 'NotConfigured',
  message: 'it is older than what rollbackCandidates and rollbackMaxAge keep',
};

const safety = (s: Situation, digest: Digest): Check =>
  keptDigests({ spec: s.spec, status: s.state }, s.now).some((kept) => kept.digest === digest)
    ? protectionOf(s, digest)
    : FORGOTTEN;

/** What is only listed is Satisfied, and is no way back all the same. */
const notReady = (state: Check['state'], message: string): Check => ({
  state: state === 'Satisfied' ? 'Refused' : state,
  reason: 'RollbackNotReady',
  message: `a roll-back would return to ${message.slice(0, MAX_WORDS)}`,
});

/** With all of it, a sentence that goes on from here still fits status.message. */
const MAX_WORDS = 400;
