import type { ArtifactRevocation } from '../../api/artifact-revocation.ts';
import type { RevocationStatus } from '../../api/revocation-status.ts';
import type { RevocationWriter } from '../../ports/revocation-writer.ts';
import type { ApiClient } from './api-client.ts';
import { replaceStatus } from './replace-status.ts';
import { REVOCATIONS } from './resources.ts';

export class KubeRevocationWriter implements RevocationWriter {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  writeStatus(
    revocation: ArtifactRevocation['metadata'],
    status: RevocationStatus,
    signal: AbortSignal,
  ): Promise<string> {
    return replaceStatus(this.#client, REVOCATIONS, 'ArtifactRevocation', revocation, status, signal);
  }
}
