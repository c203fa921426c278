import { ArtifactRevocation } from '../../src/api/artifact-revocation.ts';
import type { RevocationStatus } from '../../src/api/revocation-status.ts';
import { NOON } from './releases.ts';

export interface RevocationChanges {
  readonly name?: string;
  readonly generation?: number;
  readonly status?: RevocationStatus | undefined;
}

/** A revocation with the defaults of the schema. */
export const aRevocation = (
  spec: object,
  { name = 'incident-7', generation = 1, status }: RevocationChanges = {},
) =>
  ArtifactRevocation.parse({
    metadata: { name, uid: `uid-of-${name}`, resourceVersion: '1', generation, creationTimestamp: NOON },
    spec: { reason: 'the build machine was broken into', ...spec },
    status,
  });
