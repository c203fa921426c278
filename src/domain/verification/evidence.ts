import type { Digest } from '../../api/scalars.ts';
import type { Refusal } from '../../api/verification-reasons.ts';
import type { PredicateFacts } from './predicate-facts.ts';

/** Names an authority among those of every policy, e.g. `ArtifactPolicy prod/ci`: two policies may use one name. */
export type AuthorityId = string;

export const authorityId = (policy: string, name: string): AuthorityId => `${policy}/${name}`;

/** What Fulcio wrote into a certificate, by the names that its documentation uses, e.g. `sourceRepositoryURI`. */
export type Claims = Readonly<Record<string, string>>;

export type Signer =
  /** `sha256:` + hex of the DER of the public key. */
  | { readonly kind: 'Key'; readonly fingerprint: string }
  | {
      readonly kind: 'Identity';
      readonly issuer: string;
      readonly subject: string;
      readonly claims: Claims;
    };

/** Something about the digest that was signed by an authority, with every check of cryptography and subject done. */
export interface Evidence {
  readonly authority: AuthorityId;
  /** Manifest that carried it. */
  readonly manifestDigest: Digest;
  readonly format: 'bundle' | 'legacy';
  readonly signer: Signer;
  /** Earliest time that a log or a timestamp authority vouches for; a key alone proves no time. */
  readonly signedAt?: string;
  readonly content: SignedContent;
}

export type SignedContent =
  | { readonly kind: 'Signature' }
  | { readonly kind: 'Attestation'; readonly predicateType: string; readonly facts: PredicateFacts };

export type Attested = Evidence & { readonly content: Extract<SignedContent, { kind: 'Attestation' }> };

export const isAttestation = (evidence: Evidence): evidence is Attested =>
  evidence.content.kind === 'Attestation';

/** Something attached to the digest that no authority stands for, and the nearest that it came to it. */
export interface Rejected {
  readonly manifestDigest: Digest;
  readonly reason: Refusal;
  readonly message: string;
  /** Whether it claims to be a signature or an attestation; absent when it could not be read so far. */
  readonly claims?: 'Signature' | 'Attestation';
}

/** One and the same signer, whatever it signed. */
export const signerKey = (signer: Signer): string =>
  signer.kind === 'Key' ? signer.fingerprint : JSON.stringify([signer.issuer, signer.subject]);

/** For sentences: who signed. */
export const signerText = (signer: Signer): string =>
  signer.kind === 'Key'
    ? `key ${signer.fingerprint.slice(0, 'sha256:'.length + 16)}`
    : `${signer.subject} (${signer.issuer})`;
