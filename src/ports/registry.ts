import type { Digest } from '../api/scalars.ts';

/** A reference to content, as indexes and manifests hold it. Nothing in it is signed, least of all `artifactType`. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly platform?: { readonly os: string; readonly architecture: string } | undefined;
}

/** A manifest whose bytes have the digest; what is parsed comes from these bytes and from nowhere else. */
export interface Manifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** The manifests of an index; absent in a manifest. */
  readonly manifests?: readonly Descriptor[] | undefined;
  /** The layers of a manifest; absent in an index. */
  readonly layers?: readonly Descriptor[] | undefined;
  readonly config?: Descriptor | undefined;
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Artifacts of cosign's first layout, found by the tag `sha256-<hex>.<kind>`. */
export type LegacyKind = 'sig' | 'att' | 'sbom';

/** Whose pull secrets may be used. Secrets of other namespaces never are. */
export interface PullAccess {
  readonly namespace: string;
  /** Names of Secrets, which come before those of the ServiceAccount. */
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccount?: string;
}

/** Content that is to be read whole. */
export interface BlobRequest {
  readonly digest: Digest;
  /** As its descriptor says, in bytes. */
  readonly size: number;
}

/**
 * Reads one repository, from its mirrors where it has some. Secrets are read once, at the first request, so a reader
 * is for one task and not for keeping.
 *
 * Every call rejects with RegistryError, or with the reason of the signal, and ends within the time limit of a call.
 */
export interface RepositoryReader {
  /** `registry/path`, with Docker Hub's short names written out. */
  readonly repository: string;
  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest>;
  /** What the tag points at now; its digest is that of the bytes. */
  tagged(tag: string, signal: AbortSignal): Promise<Manifest>;
  /** TooLarge above `maxBytes`, without a request where the descriptor says so. */
  blob(blob: BlobRequest, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * What says that its subject is `digest`: by the referrers API, else by the referrers tag. TooLarge beyond
   * `maxReferrers`, for a part of them would look like all.
   */
  referrers(digest: Digest, maxReferrers: number, signal: AbortSignal): Promise<readonly Descriptor[]>;
  /** By the referrers tag alone: what was attached before the registry had the API. */
  referrersByTag(digest: Digest, maxReferrers: number, signal: AbortSignal): Promise<readonly Descriptor[]>;
  /** The manifest of a referrer; Malformed if it names another subject. */
  referrer(referrer: Descriptor, subject: Digest, signal: AbortSignal): Promise<Manifest>;
  /** Undefined where there is none. */
  legacy(digest: Digest, kind: LegacyKind, signal: AbortSignal): Promise<Manifest | undefined>;
  /** TooLarge beyond `maxTags`. */
  tags(maxTags: number, signal: AbortSignal): Promise<readonly string[]>;
}

export interface Registry {
  /** `repository` as in `spec.artifact.repository`: with its registry host, without a tag or digest. */
  open(repository: string, access: PullAccess): RepositoryReader;
}
