import type { Digest } from '../../api/scalars.ts';
import { startDeadline, withDeadline } from '../../controller/deadline.ts';
import { isDigestOf } from '../../domain/digest.ts';
import type { BlobRequest, Descriptor, Manifest } from '../../ports/registry.ts';
import { isNotFound, RegistryError } from '../../ports/registry-error.ts';
import type { RepositoryWriter, StoredManifest } from '../../ports/registry-writer.ts';
import { proven } from './body.ts';
import { EndpointClient } from './endpoint-client.ts';
import { EndpointWriter } from './endpoint-writer.ts';
import { describeFailure, retryTransient } from './registry-calls.ts';
import type { RepositoryClientOptions } from './repository-client.ts';

/** More than is asked for otherwise: a repository with keep tags has many. */
const TAGS_PER_PAGE = 1_000;
/** Calls' time for all its pages: tens of thousands of tags, where a registry gives fifty at once. */
const CALLS_PER_TAG_LIST = 6;
const MIB = 1024 * 1024;
/** Slower than this, a blob is not worth the connection. */
const MS_PER_MIB = 1_000;

export type RepositoryWritingClientOptions = Omit<RepositoryClientOptions, 'mirrors'>;

/** Reads and writes one repository at its registry, asking again when the network breaks. */
export class RepositoryWritingClient implements RepositoryWriter {
  readonly repository: string;
  readonly #options: RepositoryWritingClientOptions;

  constructor(options: RepositoryWritingClientOptions) {
    this.repository = options.repository;
    this.#options = options;
  }

  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest> {
    return this.#call(`manifest ${digest}`, signal, ({ reader }) => reader.manifest(digest));
  }

  held(tag: string, digest: Digest, signal: AbortSignal): Promise<Manifest> {
    return this.#call(`tag ${tag}`, signal, ({ reader }) => reader.held(tag, digest));
  }

  tagged(tag: string, signal: AbortSignal): Promise<Manifest> {
    return this.#call(`tag ${tag}`, signal, ({ reader }) => reader.tagged(tag));
  }

  async tags(maxTags: number, signal: AbortSignal): Promise<readonly string[]> {
    const limitMs = CALLS_PER_TAG_LIST * this.#options.limits.callMs;
    try {
      return await this.#call('tags', signal, ({ reader }) => reader.tags(maxTags, TAGS_PER_PAGE), limitMs);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  referrersByApi(
    digest: Digest,
    maxReferrers: number,
    signal: AbortSignal,
  ): Promise<readonly Descriptor[] | undefined> {
    return this.#call(`referrers of ${digest}`, signal, ({ reader }) =>
      reader.referrers(digest, maxReferrers),
    );
  }

  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean> {
    return this.#call(`blob ${digest}`, signal, ({ reader }) => reader.hasBlob(digest));
  }

  async checkBlob(blob: BlobRequest, signal: AbortSignal): Promise<void> {
    const check = async ({ reader }: Clients) => {
      const parts = proven(await reader.openBlob(blob.digest), blob);
      while (!(await parts.next()).done);
    };
    await this.#call(`blob ${blob.digest}`, signal, check, this.#limitOf(blob));
  }

  async put(manifest: StoredManifest, tag: string | undefined, signal: AbortSignal): Promise<void> {
    const { bytes, digest } = manifest;
    const what = tag === undefined ? `manifest ${digest}` : `tag ${tag} for ${digest}`;
    await this.#call(what, signal, async ({ writer }) => {
      // By tag, the registry would take whatever bytes it is given.
      if (!isDigestOf(digest, bytes))
        throw new RegistryError('DigestMismatch', 'what is to be stored has another digest');
      await writer.put(manifest, tag ?? digest);
    });
  }

  deleteTag(tag: string, signal: AbortSignal): Promise<void> {
    return this.#call(`deletion of tag ${tag}`, signal, ({ writer }) => writer.delete(tag));
  }

  deleteManifest(digest: Digest, signal: AbortSignal): Promise<void> {
    return this.#call(`deletion of ${digest}`, signal, ({ writer }) => writer.delete(digest));
  }

  mountBlob(digest: Digest, from: string, signal: AbortSignal): Promise<boolean> {
    return this.#call(`blob ${digest} from ${from}`, signal, ({ writer }) => writer.mount(digest, from));
  }

  async copyBlob(blob: BlobRequest, source: RepositoryWriter, parent: AbortSignal): Promise<void> {
    const copy = async ({ reader, signal, writer }: Clients) => {
      if (await reader.hasBlob(blob.digest)) return;
      await writer.upload(blob, source.readBlob(blob, signal));
    };
    await this.#call(`copy of blob ${blob.digest}`, parent, copy, this.#limitOf(blob));
  }

  /** Once: when the network breaks, some of the bytes may have been given away, and a copy has to be made anew. */
  async *readBlob(blob: BlobRequest, parent: AbortSignal): AsyncIterable<Uint8Array> {
    const { signal, cancel } = startDeadline(this.#options.clock, this.#limitOf(blob), parent);
    try {
      yield* await this.#clients(signal).reader.openBlob(blob.digest);
    } catch (error) {
      throw this.#failure(`blob ${blob.digest}`, error, parent);
    } finally {
      cancel();
    }
  }

  async #call<T>(
    what: string,
    parent: AbortSignal,
    call: (clients: Clients) => Promise<T>,
    limitMs = this.#options.limits.callMs,
  ): Promise<T> {
    const { clock, random } = this.#options;
    try {
      return await withDeadline(clock, limitMs, parent, (signal) =>
        retryTransient(() => call(this.#clients(signal)), signal, random),
      );
    } catch (error) {
      throw this.#failure(what, error, parent);
    }
  }

  #clients(signal: AbortSignal): Clients {
    const { registry, transport } = this.#options;
    return {
      signal,
      reader: new EndpointClient(registry, transport, signal),
      writer: new EndpointWriter(registry, transport, signal),
    };
  }

  #failure(what: string, error: unknown, parent: AbortSignal): unknown {
    return parent.aborted ? parent.reason : describeFailure(`${this.repository}: ${what}`, error);
  }

  /** In ms. */
  #limitOf({ size }: BlobRequest): number {
    return this.#options.limits.callMs + Math.ceil(size / MIB) * MS_PER_MIB;
  }
}

/** What one try of a call speaks to the registry by. */
interface Clients {
  readonly reader: EndpointClient;
  readonly writer: EndpointWriter;
  readonly signal: AbortSignal;
}
