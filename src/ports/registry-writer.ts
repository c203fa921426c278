import type { Digest } from '../api/scalars.ts';
import type { BlobRequest, Descriptor, Manifest, PullAccess } from './registry.ts';

/** What a manifest is stored as: these very bytes, under this media type. */
export type StoredManifest = Pick<Manifest, 'digest' | 'mediaType' | 'bytes'>;

/**
 * Reads and writes one repository at its registry itself, never at a mirror: what a mirror has is not what is protected.
 *
 * Every call rejects with RegistryError, or with the reason of the signal, and ends within the time limit of a call;
 * the list of tags, within six times that, and those that read or copy blobs, within a time that grows with their size. Writes are repeated as reads are: each of them
 * may be made twice.
 *
 * Refused writes are told apart: Unauthorized (no credentials are accepted), Forbidden (they are, and may not do this),
 * ReadOnly (nobody may now), Unsupported (the registry does not have this), MissingContent (a manifest whose blobs or
 * children are not there).
 */
export interface RepositoryWriter {
  /** `registry/path`, with Docker Hub's short names written out. */
  readonly repository: string;
  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest>;
  /** What the tag points at, which has to be `digest`: DigestMismatch otherwise. */
  held(tag: string, digest: Digest, signal: AbortSignal): Promise<Manifest>;
  /** What the tag points at now; its digest is the sha256 of the bytes. */
  tagged(tag: string, signal: AbortSignal): Promise<Manifest>;
  /** Every tag. TooLarge beyond `maxTags`; none for a repository that does not exist. */
  tags(maxTags: number, signal: AbortSignal): Promise<readonly string[]>;
  /** By the referrers API alone; undefined where there is none. TooLarge beyond `maxReferrers`. */
  referrersByApi(
    digest: Digest,
    maxReferrers: number,
    signal: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined>;
  /** Whether the registry says that it has the blob, by HEAD. It may be wrong: only reading tells. */
  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** Reads the blob and hashes it, keeping nothing. NotFound, or DigestMismatch also for another length. */
  checkBlob(blob: BlobRequest, signal: AbortSignal): Promise<void>;
  /** Stores the manifest under the tag, or under its digest alone without one. That it resolves is no proof that it stays. */
  put(manifest: StoredManifest, tag: string | undefined, signal: AbortSignal): Promise<void>;
  /** The tag alone: its manifest and other tags of it stay. Unsupported where that cannot be. NotFound is no error. */
  deleteTag(tag: string, signal: AbortSignal): Promise<void>;
  /** The manifest with every tag of it, whoever owns them: for manifests that are nobody else's. NotFound is no error. */
  deleteManifest(digest: Digest, signal: AbortSignal): Promise<void>;
  /**
   * Makes the blob of another repository of the same registry appear in this one, without a copy. False where the
   * registry declines; then it has to be copied.
   */
  mountBlob(digest: Digest, from: string, signal: AbortSignal): Promise<boolean>;
  /** Streams the blob from where `source` reads it into this repository, hashing on the way. */
  copyBlob(blob: BlobRequest, source: RepositoryWriter, signal: AbortSignal): Promise<void>;
  /** The bytes of a blob as they come, not yet proven. For `copyBlob` of another writer. */
  readBlob(blob: BlobRequest, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface WritableRegistry {
  /** `repository` as in `spec.artifact.repository`. The writer is for one task and not for keeping. */
  openForWriting(repository: string, access: PullAccess): RepositoryWriter;
}
