import type { ArtifactContents } from '../../ports/artifact-contents.ts';
import type { CollectedEvidence } from '../../ports/evidence-collector.ts';
import type { ResolvedAuthority } from './authority.ts';
import { collectEvidence } from './collect-evidence.ts';

export interface EvidenceJob {
  readonly contents: ArtifactContents;
  readonly authorities: readonly ResolvedAuthority[];
}

export type EvidenceAnswer = { readonly collected: CollectedEvidence } | { readonly problem: string };

// One job at a time: the parent sends the next one after the answer. Without a parent there is nothing left to do.
process.on('message', ({ contents, authorities }: EvidenceJob) => {
  process.send?.(answer(contents, authorities));
});

function answer(contents: ArtifactContents, authorities: readonly ResolvedAuthority[]): EvidenceAnswer {
  try {
    return { collected: collectEvidence(contents, authorities) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
