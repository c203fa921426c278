import type { Spec } from '../api/artifact-release-spec.ts';
import type { Digest } from '../api/scalars.ts';
import type { Proof } from '../domain/observation.ts';

export interface ArtifactQuestion {
  readonly namespace: string;
  readonly repository: string;
  readonly digest: Digest;
}

export interface VerificationQuestion extends ArtifactQuestion {
  /** Name of the release that asks; it is woken when the answer changes. */
  readonly release: string;
  readonly artifact: Spec['artifact'];
  /** The digest that ran before, with which signers and builders are compared. */
  readonly predecessor?: Digest;
  readonly asked: Spec['verification'];
}

export interface ArtifactVerifier {
  /**
   * Is everything proven that the policies and the release ask for, and nothing of it revoked? Never throws: what
   * cannot be found out is Unknown. Answers within seconds: what takes longer is pending.
   */
  verify(question: VerificationQuestion, signal: AbortSignal): Promise<Proof>;
}
