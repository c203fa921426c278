import type { Proof } from '../../src/domain/observation.ts';

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
