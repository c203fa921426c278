import type { Severity } from '../../api/attestation-spec.ts';

/**
 * What the gates need to know of a predicate. Small where the predicate is large, so that it can be kept and judged
 * again when a policy or the time changes.
 */
export type PredicateFacts =
  | ProvenanceFacts
  | SbomFacts
  | ScanFacts
  | VexFacts
  /** A type that this operator does not read: it can be required, not judged. */
  | { readonly kind: 'Opaque' }
  /** A type that it reads, in a shape that it does not know. Never taken for an empty one. */
  | { readonly kind: 'Unreadable'; readonly problem: string };

export interface ProvenanceFacts {
  readonly kind: 'Provenance';
  readonly builder?: string;
  readonly buildType?: string;
  /** Without the scheme `git+` and without the ref. */
  readonly source?: string;
  readonly ref?: string;
  readonly commit?: string;
  readonly workflow?: string;
  readonly run?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
}

export interface SbomFacts {
  readonly kind: 'Sbom';
  readonly format: 'SPDX' | 'CycloneDX';
  readonly specVersion: string;
  readonly createdAt?: string;
  readonly tool?: string;
  readonly hasRelationships: boolean;
  readonly components: number;
  /** Components with a name, a version and a unique identifier. */
  readonly identified: number;
  readonly withSupplier: number;
  readonly withLicense: number;
  readonly withHash: number;
}

export interface Vulnerability {
  readonly id: string;
  readonly aliases?: readonly string[];
  /** Name and version of the package, as the scanner says them; part of what makes a finding one finding. */
  readonly component: string;
  readonly purl?: string;
  readonly severity: Severity;
  readonly fixAvailable: boolean;
}

export interface ScanFacts {
  readonly kind: 'Scan';
  /** URI of the scanner; absent where the format leaves it out. */
  readonly scanner?: string;
  /** From the signed content, never from an annotation. */
  readonly finishedAt?: string;
  readonly findings: readonly Vulnerability[];
}

export interface VexStatement {
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  /** Why it is not affected: a justification or an impact statement. */
  readonly justified: boolean;
  readonly timestamp: string;
  /** Empty: the statement is about the subject that it was attested for. */
  readonly products: readonly VexProduct[];
}

export interface VexProduct {
  /** Identifier or package URL. */
  readonly ids: readonly string[];
  /** Hex of sha-256 and sha-512 hashes. */
  readonly hashes: readonly string[];
  /** Empty: the whole product. */
  readonly subcomponents: readonly string[];
}

export interface VexFacts {
  readonly kind: 'Vex';
  readonly statements: readonly VexStatement[];
}
