import type { Spec } from '../api/artifact-release-spec.ts';
import type { Check } from '../domain/observation.ts';
import type { ArtifactQuestion } from './artifact-verifier.ts';

export interface ArtifactProtector {
  /** Is the digest safe from garbage collection, as asked? Never throws: what cannot be found out is Unknown. */
  protection(question: ArtifactQuestion & { asked: Spec['protection'] }, signal: AbortSignal): Promise<Check>;
}
