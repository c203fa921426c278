import type { Spec } from '../api/artifact-release-spec.ts';
import type { Digest } from '../api/scalars.ts';
import type { Check } from '../domain/observation.ts';

export interface ArtifactQuestion {
  readonly namespace: string;
  readonly repository: string;
  readonly digest: Digest;
}

export interface ArtifactVerifier {
  /** Is everything proven that is asked for? Never throws: what cannot be found out is Unknown. */
  verify(question: ArtifactQuestion & { asked: Spec['verification'] }, signal: AbortSignal): Promise<Check>;
}
