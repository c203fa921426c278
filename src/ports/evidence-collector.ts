import type { Authority } from '../api/authority-spec.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';
import type { AuthorityId, Evidence, Rejected } from '../domain/verification/evidence.ts';
import type { ArtifactContents } from './artifact-contents.ts';

/** What an authority only names, as it was read from the cluster; absent where it names nothing, or that is not there. */
export interface AuthorityMaterial {
  /** Of `key.secretRef`. */
  readonly pem?: string;
  /** Of `trustRootRef`, as JSON. */
  readonly trustedRoot?: string;
}

/** An authority of one policy, with what it names. */
export interface ReadAuthority {
  readonly policy: string;
  readonly authority: Authority;
  readonly material: AuthorityMaterial;
}

export interface CollectedEvidence {
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly Rejected[];
  /** Authorities whose key, root or identities are not to be had or not understood: they could stand for anything. */
  readonly unavailable: ReadonlyMap<AuthorityId, Doubtful>;
}

export type EvidenceResult =
  | { readonly known: true; readonly collected: CollectedEvidence }
  | ({ readonly known: false } & Doubtful);

export interface EvidenceCollector {
  /**
   * Everything attached that one of these authorities stands for. Never throws: without an answer nothing is known.
   * Ends early, without one, when the signal says so.
   */
  collect(
    contents: ArtifactContents,
    authorities: readonly ReadAuthority[],
    signal: AbortSignal,
  ): Promise<EvidenceResult>;
}
