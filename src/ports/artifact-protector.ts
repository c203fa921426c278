import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Digest } from '../api/scalars.ts';
import type { ProtectionCheck, ProtectionState } from '../domain/observation.ts';

export interface ProtectionAnswer {
  /** Of every digest that the release must be able to pull. */
  readonly digests: ReadonlyMap<Digest, ProtectionCheck>;
  readonly state: ProtectionState;
}

export interface ArtifactProtector {
  /**
   * Are the digests of a release safe from garbage collection, as asked? From what is known by now: nothing is waited
   * for, and the release is woken when the answer changes. Never throws: what is not known is Unknown.
   */
  protection(release: ArtifactRelease): ProtectionAnswer;
}
