import type { Digest } from '../../src/api/scalars.ts';
import type { RepositoryRecord } from '../../src/domain/protection/record.ts';
import type { KeptRecord } from '../../src/ports/protection-records.ts';
import { anImage, type Content } from './oci-content.ts';

/** What is remembered of a repository in which these manifests are kept, each for itself. */
export function aRecord(repository: string, manifests: readonly Content[] = []): RepositoryRecord {
  const [first] = manifests;
  return {
    repository,
    accesses: [{ namespace: 'shop', imagePullSecrets: ['regcred'], serviceAccount: 'web' }],
    roots: manifests.map(({ digest, mediaType, bytes }) => ({
      closure: {
        root: digest,
        members: [{ digest, mediaType, blobs: [{ digest, size: bytes.length }] }],
        pins: [{ tag: digest.replace(':', '-'), digest }],
      },
      version: '1.0',
      scannedAt: '2026-11-24T12:00:00Z',
      heldAt: '2026-11-24T12:00:01Z',
      confirmedAt: '2026-11-24T12:01:02Z',
      graceMs: 3_600_000,
      archive: 'archive.example.com/shop/web',
      leavesAt: '2026-11-25T12:00:00Z',
    })),
    unwanted: { 'keep.0a1b2c3d.old': '2026-11-24T13:00:00Z' },
    parked: ['keep.0a1b2c3d.parked'],
    orphans: first ? [first.digest] : [],
    archived: first
      ? [
          {
            ...{ digest: first.digest, version: '1.0', repository: 'archive.example.com/shop/web' },
            archivedAt: '2026-11-24T12:00:00Z',
          },
        ]
      : [],
    leasedAt: '2026-11-24T11:00:00Z',
  };
}

/** The same with the manifests themselves; those of a few images unless said otherwise. */
export function aKeptRecord(
  repository: string,
  manifests: readonly Content[] = ['a', 'b', 'c'].map((name) => anImage(name).manifest),
): KeptRecord {
  return {
    record: aRecord(repository, manifests),
    manifests: new Map<Digest, Uint8Array>(manifests.map(({ digest, bytes }) => [digest, bytes])),
  };
}
