import type { ArtifactRevocation } from '../api/artifact-revocation.ts';
import type { RevocationStatus } from '../api/revocation-status.ts';

export interface RevocationWriter {
  /** Fenced: throws ConflictError when the revocation has changed since it was read. Resolves to its new version. */
  writeStatus(
    revocation: ArtifactRevocation['metadata'],
    status: RevocationStatus,
    signal: AbortSignal,
  ): Promise<string>;
}
