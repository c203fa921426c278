import type { ArtifactRegistry } from '../api/artifact-registry.ts';
import type { RegistryProtection } from '../api/protection-spec.ts';
import type { EntryRef } from './authority-material.ts';
import type { Understood } from './policies.ts';

/** An ArtifactRegistry as it is stored. */
export interface StoredRegistry {
  readonly name: string;
  readonly creationTimestamp: string;
  /** Also where the rest is not understood. */
  readonly host: string;
  readonly understood: Understood<ArtifactRegistry>;
}

export interface CertificateReader {
  /**
   * Certificates, PEM, from a ConfigMap. Resolves to undefined for what is not there; rejects, within 15 s, when the
   * API server cannot be asked.
   */
  certificates(namespace: string, ref: EntryRef): Promise<string | undefined>;
}

/** What the platform says of a registry. */
export interface RegistryTerms {
  readonly protection: RegistryProtection;
  /** `host[/path]` of each. */
  readonly mirrors: readonly string[];
  /** Why it is not known what the platform says. */
  readonly problem?: string | undefined;
}
