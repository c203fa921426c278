import { Readable } from 'node:stream';
import { Digest } from '../../api/scalars.ts';
import { isDigestOf } from '../../domain/digest.ts';
import type { BlobRequest } from '../../ports/registry.ts';
import { isNotFound, RegistryError } from '../../ports/registry-error.ts';
import type { StoredManifest } from '../../ports/registry-writer.ts';
import { proven } from './body.ts';
import type { Endpoint } from './endpoint.ts';
import type { RegistryAnswer, RegistryRequest, RegistryTransport } from './registry-transport.ts';
import { endOfUpload, uploadLocation } from './upload-location.ts';

type Write = Pick<RegistryRequest, 'operation' | 'method' | 'url'> & Partial<RegistryRequest>;

/** Writes to one endpoint, once: whether to try again is decided outside of here. */
export class EndpointWriter {
  readonly #endpoint: Endpoint;
  readonly #transport: RegistryTransport;
  readonly #signal: AbortSignal;

  constructor(endpoint: Endpoint, transport: RegistryTransport, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#transport = transport;
    this.#signal = signal;
  }

  /** `reference` is a tag or the digest. Malformed if the registry says that it has stored something else. */
  async put({ bytes, mediaType }: StoredManifest, reference: string): Promise<void> {
    const url = this.#endpoint.url(`manifests/${reference}`);
    const content = { contentType: mediaType, body: bytes };
    const { headers } = await this.#write({ operation: 'push', method: 'PUT', url, ...content });
    const stored = headers['docker-content-digest'];
    if (stored === undefined) return;
    // Of its own algorithm: by tag, a manifest of sha512 is stored under its sha256.
    const { data: digest } = Digest.safeParse(stored);
    if (digest === undefined || !isDigestOf(digest, bytes))
      throw new RegistryError('Malformed', 'it says that it has stored other bytes than it was given');
  }

  /** `reference` is a tag or a digest. What is not there needs no deletion. */
  async delete(reference: string): Promise<void> {
    const url = this.#endpoint.url(`manifests/${reference}`);
    try {
      await this.#write({ operation: 'delete', method: 'DELETE', url });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /**
   * False where the registry would rather have the bytes, and where no one credential may do both: read there and write
   * here. `from` is the path of a repository beside this one.
   */
  async mount(digest: Digest, from: string): Promise<boolean> {
    try {
      return await this.#mount(digest, from);
    } catch (error) {
      if (error instanceof RegistryError && error.reason === 'Forbidden') return false;
      throw error;
    }
  }

  async #mount(digest: Digest, from: string): Promise<boolean> {
    const url = this.#endpoint.url('blobs/uploads/');
    url.searchParams.set('mount', digest);
    url.searchParams.set('from', from);
    const furtherScopes = [`repository:${from}:pull`];
    const answer = await this.#write({ operation: 'mount', method: 'POST', url, furtherScopes });
    if (answer.status === 201) return true;
    const { location } = answer.headers;
    if (location !== undefined) await this.#cancel(uploadLocation(location, url));
    return false;
  }

  /** In one piece, which every registry has to take. DigestMismatch before the last of it is sent. */
  async upload(blob: BlobRequest, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const start = this.#endpoint.url('blobs/uploads/');
    const { headers } = await this.#write({ operation: 'upload', method: 'POST', url: start });
    const upload = uploadLocation(headers.location, start);
    const url = endOfUpload(upload, blob.digest);
    const stream = Readable.from(proven(bytes, blob));
    // What breaks the stream is what the request rejects with.
    stream.on('error', () => undefined);
    const content = { contentType: 'application/octet-stream', body: { stream, size: blob.size } };
    try {
      await this.#write({ operation: 'upload', method: 'PUT', url, ...content });
    } catch (error) {
      await this.#cancel(upload);
      throw error;
    } finally {
      stream.destroy();
    }
  }

  /** Registries clear away what is left over, some day. */
  async #cancel(upload: URL): Promise<void> {
    await this.#write({ operation: 'delete', method: 'DELETE', url: upload }).catch(() => undefined);
  }

  async #write(write: Write): Promise<RegistryAnswer> {
    const request = { accept: '*/*', answers: isDone, ...write };
    const answer = await this.#transport.send(this.#endpoint, request, this.#signal);
    await answer.body.dump();
    return answer;
  }
}

const isDone = (status: number): boolean => status >= 200 && status < 300;
