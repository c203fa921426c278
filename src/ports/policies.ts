import type { ArtifactPolicy } from '../api/artifact-policy.ts';
import type { Status } from '../api/artifact-release-status.ts';
import type { ArtifactRevocation } from '../api/artifact-revocation.ts';

/** A stored object, or the fields that are wrong: what is not understood may ask for anything. */
export type Understood<T> =
  | { readonly valid: true; readonly value: T }
  | { readonly valid: false; readonly name: string; readonly problem: string };

/** What the platform demands and forbids, and what it depends on. From caches that are kept by watches: free. */
export interface PolicyReader {
  policies(): readonly Understood<ArtifactPolicy>[];
  revocations(): readonly Understood<ArtifactRevocation>[];
  /** Undefined while the namespace is not known. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>> | undefined;
  /** Undefined where there is no such release, or it has no status. */
  releaseStatus(namespace: string, name: string): Status | undefined;
}
