import type { Digest } from '../api/scalars.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';

/** A blob of a manifest that is attached to an artifact. */
export interface AttachedLayer {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes, as the manifest says. */
  readonly size: number;
  /** Unsigned: they carry legacy signatures, and nothing is believed because of them. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What has this digest, recomputed; absent when it is larger than is read. */
  readonly content?: Uint8Array;
}

export interface AttachedManifest {
  readonly digest: Digest;
  /** `subject.digest` of the manifest itself, never of the list in which it was found. */
  readonly subject?: Digest;
  /** As a referrer, whether by the API or its fallback tag, or under cosign's legacy tags for the subject. */
  readonly foundAs: 'Referrer' | 'SignatureTag' | 'AttestationTag';
  readonly layers: readonly AttachedLayer[];
}

/** What was found attached to a digest: unverified, and the only thing that verification knows of a registry. */
export interface ArtifactContents {
  readonly subject: Digest;
  readonly attached: readonly AttachedManifest[];
  /** Why it is not all that is attached, e.g. a limit or an outage after the first page. */
  readonly unread?: Doubtful;
}
