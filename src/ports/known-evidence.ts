import type { Digest } from '../api/scalars.ts';
import type { Suspect } from '../domain/verification/revocation.ts';
import type { VerificationQuestion } from './artifact-verifier.ts';

/** What has been read about digests, whoever asked for it. */
export interface KnownEvidence {
  /** Undefined where nothing has been read since the start. */
  known(digest: Digest): Suspect | undefined;
  /**
   * Makes sure that it has been read for this release, and resolves to what is known then: undefined where nobody asks
   * for any proof of it, or the registry does not answer. Never rejects.
   */
  examine(question: VerificationQuestion, signal: AbortSignal): Promise<Suspect | undefined>;
}
