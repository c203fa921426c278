import type { Observation, Proof } from '../../src/domain/observation.ts';
import { digestOf } from './release-manifest.ts';
import { CANDIDATE, NEXT, STABLE } from './releases.ts';

const check = (state: Proof['state'], reason: Proof['reason'], message: string): Proof => ({
  state,
  reason,
  message,
});

const revokedWith = (action: 'Rollback' | 'Report'): Proof => {
  const message = 'incident-7: its signing key is revoked (the key was stolen)';
  return {
    ...check('Refused', 'Revoked', message),
    revocations: [{ revocation: 'incident-7', action, message }],
  };
};

/** Every kind of answer that a verifier gives about a digest. */
export const proofs = {
  Satisfied: check('Satisfied', 'Verified', 'signed by ci'),
  Refused: check('Refused', 'NoMatchingSignature', 'no signature of ci is attached'),
  Unknown: check('Unknown', 'RegistryUnavailable', 'the registry does not answer'),
  /** Not read yet, as after a restart. */
  Pending: { ...check('Unknown', 'VerificationPending', 'it is being read'), pending: true },
  Revoked: revokedWith('Rollback'),
  Reported: revokedWith('Report'),
} as const satisfies Record<string, Proof>;
export type Answer = keyof typeof proofs;

/** Two more digests, for a history that there is something to return to in. */
export const GOOD = digestOf('d');
export const OLDER = digestOf('e');

/** What the verifier says: of the digests named, the proof; of every other one, that it is verified. */
export const told = (answers: Readonly<Record<string, Proof>>): Observation['verification'] =>
  new Map([
    ...[STABLE, CANDIDATE, NEXT, GOOD, OLDER].map((digest) => [digest, proofs.Satisfied] as const),
    ...Object.entries(answers),
  ]);

export const revoked = (...digests: readonly string[]): Observation['verification'] =>
  told(Object.fromEntries(digests.map((digest) => [digest, proofs.Revoked])));
