import type { Digest } from '../../src/api/scalars.ts';
import { isDigestOf } from '../../src/domain/digest.ts';
import { type Content, content } from './oci-content.ts';
import { type Answer, error, PAGE_NOT_FOUND, type ReceivedRequest } from './scripted-answer.ts';

/** The path of a request, taken apart. */
export interface Address {
  readonly repository: string;
  readonly kind: 'manifests' | 'blobs' | 'uploads';
  /** A tag, a digest or the name of an upload; empty where one is to be begun. */
  readonly reference: string;
  readonly query: URLSearchParams;
}

/** How registries differ in what they let be written. */
export interface WriteRules {
  /** A registry in maintenance answers in words of its own, which are no JSON. */
  readOnly: boolean;
  /** Distribution 2.8 has no deletion of tags; where deletion is disabled, there is none of anything. */
  tagDelete: 'yes' | 'unsupported' | 'disabled';
  /** Whether blobs are mounted; otherwise an upload is begun instead. */
  mounts: boolean;
  /** What a registry says in the Location of an upload, from its path. */
  uploadLocation: (path: string) => string;
}

const NOT_ALLOWED: Answer = {
  status: 405,
  headers: { 'content-type': 'text/plain' },
  body: 'Method not allowed\n',
};
const UNSUPPORTED = error(405, 'UNSUPPORTED', 'The operation is unsupported.');

/** What a registry holds, the same in every repository, and what becomes of it. */
export class ScriptedStore {
  readonly rules: WriteRules = {
    readOnly: false,
    tagDelete: 'yes',
    mounts: true,
    uploadLocation: (path) => path,
  };
  readonly content = new Map<string, Content>();
  readonly tags = new Map<string, Digest>();
  /** Uploads that were begun, and neither ended nor given up. */
  readonly uploads = new Set<string>();
  #begun = 0;

  find(reference: string): Content | undefined {
    return this.content.get(this.tags.get(reference) ?? reference);
  }

  answer(request: ReceivedRequest, address: Address): Answer {
    const { method } = request;
    if (method === 'GET' || method === 'HEAD') return this.#read(address);
    if (this.rules.readOnly) return NOT_ALLOWED;
    if (address.kind === 'manifests' && method === 'PUT') return this.#putManifest(request, address);
    if (address.kind === 'manifests' && method === 'DELETE') return this.#deleteManifest(address);
    if (address.kind !== 'uploads') return PAGE_NOT_FOUND;
    if (method === 'POST') return this.#beginUpload(address);
    if (!this.uploads.delete(address.reference))
      return error(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    return method === 'PUT' ? this.#endUpload(request, address) : { status: 204 };
  }

  #read({ kind, reference }: Address): Answer {
    const found = this.find(reference);
    if (found === undefined)
      return error(404, `${kind === 'blobs' ? 'BLOB' : 'MANIFEST'}_UNKNOWN`, 'unknown');
    return { status: 200, headers: { 'content-type': found.mediaType }, body: found.bytes };
  }

  #putManifest({ bytes, headers }: ReceivedRequest, { reference }: Address): Answer {
    const isByDigest = reference.includes(':');
    if (isByDigest && !isDigestOf(reference, bytes))
      return error(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    const { config, layers = [], manifests = [] } = JSON.parse(`${bytes}`);
    const parts: { digest: string }[] = [config ?? [], layers, manifests].flat();
    if (parts.some(({ digest }) => !this.content.has(digest)))
      return error(400, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry');
    const stored = content(headers['content-type'] ?? '', bytes);
    this.content.set(isByDigest ? reference : stored.digest, stored);
    if (!isByDigest) this.tags.set(reference, stored.digest);
    return {
      status: 201,
      headers: { 'docker-content-digest': isByDigest ? reference : stored.digest },
    };
  }

  #deleteManifest({ reference }: Address): Answer {
    const isTag = !reference.includes(':');
    if (this.rules.tagDelete === 'disabled') return UNSUPPORTED;
    if (isTag && this.rules.tagDelete === 'unsupported')
      return error(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    if (this.find(reference) === undefined) return error(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    this.tags.delete(reference);
    if (isTag) return { status: 202 };
    this.content.delete(reference);
    for (const [tag, digest] of this.tags) if (digest === reference) this.tags.delete(tag);
    return { status: 202 };
  }

  #beginUpload({ query, repository }: Address): Answer {
    const mounted = query.get('mount');
    if (mounted !== null && this.rules.mounts && this.content.has(mounted)) return { status: 201 };
    this.#begun += 1;
    const name = `upload-${this.#begun}`;
    this.uploads.add(name);
    const location = this.rules.uploadLocation(`/v2/${repository}/blobs/uploads/${name}`);
    return { status: 202, headers: { location } };
  }

  #endUpload({ bytes }: ReceivedRequest, { query }: Address): Answer {
    const digest = query.get('digest') ?? '';
    if (!isDigestOf(digest, bytes))
      return error(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    this.content.set(digest, { mediaType: 'application/octet-stream', digest, bytes });
    return { status: 201, headers: { 'docker-content-digest': digest } };
  }
}
