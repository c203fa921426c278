import type { Status } from '../api/artifact-release-status.ts';
import type { ConditionType } from '../api/conditions.ts';
import type { Digest } from '../api/scalars.ts';
import type { Check, Observation, Proof } from './observation.ts';
import { type Situation, type Wait, wait } from './situation.ts';

const NOT_ASKED: Proof = {
  state: 'Unknown',
  reason: 'VerificationUnknown',
  message: 'there is no answer yet',
};

/** What the verifier says of a digest. One that nobody asked about is unknown: it is not verified. */
export const proofOf = ({ seen }: { readonly seen: Observation }, digest: Digest): Proof =>
  seen.verification.get(digest) ?? NOT_ASKED;

export const isSatisfied = ({ state }: Proof): boolean => state === 'Satisfied';

export const isRevoked = ({ state, reason }: Proof): boolean => state === 'Refused' && reason === 'Revoked';

/** Revoked so that what runs it has to return to another digest. */
export const mustLeave = (proof: Proof): boolean =>
  isRevoked(proof) && (proof.revocations ?? []).some(({ action }) => action === 'Rollback');

/** The digest that Verified and `status.verification` speak of: the one under trial, else stable, else the spec's. */
export const inQuestion = ({ state, spec }: Pick<Situation, 'state' | 'spec'>): Digest =>
  state.candidate?.digest ?? state.stable?.digest ?? spec.artifact.digest;

/** What is stored already, where it speaks of this digest. */
export function storedAbout(s: Situation, digest: Digest): Status | undefined {
  const { stored, meta } = s;
  if (stored === undefined) return undefined;
  // Only what the spec named then could have been in question, and the spec may name another one now.
  const named = stored.candidate ?? stored.stable;
  if (named === undefined && stored.observedGeneration !== meta.generation) return undefined;
  return inQuestion({ ...s, state: stored }) === digest ? stored : undefined;
}

/** The proof that people are told of: while the first answer is awaited, the one that is stored. */
export function toldProof(s: Situation, digest: Digest): Proof {
  const proof = proofOf(s, digest);
  const stored = proof.pending ? storedAbout(s, digest) : undefined;
  const told = stored && storedCheck(stored, 'Verified');
  const record = stored?.verification;
  return told ? { ...told, pending: true, ...(record && { record }) } : proof;
}

/** What a condition was told from. */
export function storedCheck({ conditions }: Status, name: ConditionType): Check | undefined {
  const told = conditions.find(({ type }) => type === name);
  return told && { state: STATE[told.status], reason: told.reason, message: told.message };
}

const STATE = { True: 'Satisfied', False: 'Refused', Unknown: 'Unknown' } as const;

/** The very wait that is stored, while a first answer is awaited, by default about the proof in question: a restart is no news. */
export function asStored(s: Situation, awaited = proofOf(s, inQuestion(s)).pending): Wait | undefined {
  const stored = awaited ? storedAbout(s, inQuestion(s)) : undefined;
  if (stored?.phase !== s.state.phase || stored.observedGeneration !== s.meta.generation) return undefined;
  const condition = (name: 'Progressing' | 'Stalled') => stored.conditions.find(({ type }) => type === name);
  const reason = condition('Progressing')?.reason;
  if (reason === undefined) return undefined;
  const stalled = condition('Stalled')?.status === 'True';
  return wait(s.state, reason, stored.message, stalled ? { stalled } : {});
}
