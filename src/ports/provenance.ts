import type { ProvenanceAnswer } from '../domain/verification/provenance-answer.ts';

export type ProvenanceResult =
  /** Pending: what is attached to the digest is still being read; the rest of the answer is there. */
  | { readonly outcome: 'Found' | 'Pending'; readonly answer: ProvenanceAnswer }
  /** Invalid: not a digest. Ambiguous: several begin so. NotReady: another replica knows, or this one will soon. */
  | { readonly outcome: 'Invalid' | 'Ambiguous' | 'NotFound' | 'NotReady'; readonly problem: string };

export interface ProvenanceReader {
  /** About a digest, or about the only known one that begins so. Answers within seconds. Changes nothing. */
  find(digestOrPrefix: string): Promise<ProvenanceResult>;
}
