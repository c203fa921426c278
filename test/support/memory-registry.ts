import { createHash } from 'node:crypto';
import { parseManifest } from '../../src/adapters/oci-registry/manifest-document.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { canonicalRepository, parseRepository } from '../../src/domain/repository-name.ts';
import type { BlobRequest, Descriptor, Manifest } from '../../src/ports/registry.ts';
import { RegistryError, type RegistryFailure } from '../../src/ports/registry-error.ts';
import type { RepositoryWriter, StoredManifest, WritableRegistry } from '../../src/ports/registry-writer.ts';
import { type Content, INDEX } from './oci-content.ts';

interface Stored {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

interface Repository {
  readonly manifests: Map<Digest, Stored>;
  readonly blobs: Map<Digest, Uint8Array>;
  readonly tags: Map<string, Digest>;
}

export type RegistryCall = keyof RepositoryWriter;

/**
 * A registry in memory that takes, serves and collects as CNCF distribution 3 does: what no tag leads to is gone, no tag
 * and no subject counts for what refers to it. For thousands of runs; the real one is elsewhere.
 */
export class MemoryRegistry implements WritableRegistry {
  readonly calls: string[] = [];
  tagDelete = true;
  readOnly = false;
  /** Called before everything else; may throw. */
  fault: (call: RegistryCall, subject: string) => void = () => undefined;
  readonly #repositories = new Map<string, Repository>();

  repository(name: string): Repository {
    const key = canonicalRepository(name);
    const found = this.#repositories.get(key) ?? { manifests: new Map(), blobs: new Map(), tags: new Map() };
    this.#repositories.set(key, found);
    return found;
  }

  push(
    name: string,
    contents: { readonly manifest: Content; readonly blobs?: readonly Content[] },
    ...tags: string[]
  ): void {
    const repository = this.repository(name);
    for (const { bytes, digest } of contents.blobs ?? []) repository.blobs.set(digest, bytes);
    const { bytes, digest, mediaType } = contents.manifest;
    repository.manifests.set(digest, { bytes, mediaType });
    for (const tag of tags) repository.tags.set(tag, digest);
  }

  /** `garbage-collect --delete-untagged`. */
  collect(name: string): void {
    this.mark(name)();
  }

  /** Its first half; the second deletes what was not marked then, whatever has happened in between. */
  mark(name: string): () => void {
    const { blobs, manifests, tags } = this.repository(name);
    const marked = new Set<Digest>();
    const follow = (digest: Digest): void => {
      const stored = manifests.get(digest);
      if (!stored || marked.has(digest)) return;
      marked.add(digest);
      for (const one of referencesOf(digest, stored)) {
        follow(one);
        marked.add(one);
      }
    };
    for (const digest of tags.values()) follow(digest);
    return () => {
      for (const digest of manifests.keys()) if (!marked.has(digest)) manifests.delete(digest);
      for (const digest of blobs.keys()) if (!marked.has(digest)) blobs.delete(digest);
    };
  }

  openForWriting(name: string): RepositoryWriter {
    return new MemoryWriter(this, canonicalRepository(name));
  }
}

const referencesOf = (digest: Digest, stored: Stored): readonly Digest[] => {
  const { config, layers = [], manifests = [] } = parse(digest, stored);
  return [...(config ? [config] : []), ...layers, ...manifests].map((one) => one.digest);
};

const parse = (digest: Digest, { bytes, mediaType }: Stored): Manifest =>
  parseManifest({ digest, bytes: Buffer.from(bytes) }, mediaType);

const digestOf = (bytes: Uint8Array, algorithm = 'sha256'): Digest =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

class MemoryWriter implements RepositoryWriter {
  readonly repository: string;
  readonly #registry: MemoryRegistry;

  constructor(registry: MemoryRegistry, repository: string) {
    this.#registry = registry;
    this.repository = repository;
  }

  async manifest(digest: Digest): Promise<Manifest> {
    return this.#read('manifest', digest, digest);
  }

  async held(tag: string, digest: Digest): Promise<Manifest> {
    const found = this.#here('held', tag).tags.get(tag);
    if (found === undefined) throw this.#error('NotFound', tag);
    if (found !== digest) throw this.#error('DigestMismatch', tag);
    return this.#read('manifest', tag, found);
  }

  async tagged(tag: string): Promise<Manifest> {
    const found = this.#here('tagged', tag).tags.get(tag);
    if (found === undefined) throw this.#error('NotFound', tag);
    return this.#read('manifest', tag, found);
  }

  async tags(): Promise<readonly string[]> {
    return [...this.#here('tags', '').tags.keys()];
  }

  async referrersByApi(digest: Digest): Promise<readonly Descriptor[] | undefined> {
    this.#here('referrersByApi', digest);
    return undefined;
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    return this.#here('hasBlob', digest).blobs.has(digest);
  }

  async checkBlob({ digest }: BlobRequest): Promise<void> {
    const bytes = this.#here('checkBlob', digest).blobs.get(digest);
    if (bytes === undefined) throw this.#error('NotFound', digest);
    if (digestOf(bytes) !== digest) throw this.#error('DigestMismatch', digest);
  }

  async put({ bytes, digest, mediaType }: StoredManifest, tag?: string): Promise<void> {
    const repository = this.#here('put', tag ?? digest);
    if (this.#registry.readOnly) throw this.#error('ReadOnly', tag ?? digest);
    const { config, layers = [], manifests = [] } = parse(digest, { bytes, mediaType });
    const blobs = [...(config ? [config] : []), ...layers.filter(isOfRegistry)];
    const missing =
      blobs.find((one) => !repository.blobs.has(one.digest)) ??
      manifests.find((one) => !repository.manifests.has(one.digest));
    if (missing) throw this.#error('MissingContent', `${digest} needs ${missing.digest}`);
    repository.manifests.set(digest, { bytes, mediaType });
    if (tag !== undefined) repository.tags.set(tag, digest);
  }

  async deleteTag(tag: string): Promise<void> {
    const repository = this.#here('deleteTag', tag);
    if (this.#registry.readOnly || !this.#registry.tagDelete) throw this.#error('Unsupported', tag);
    repository.tags.delete(tag);
  }

  async deleteManifest(digest: Digest): Promise<void> {
    const { manifests, tags } = this.#here('deleteManifest', digest);
    if (this.#registry.readOnly) throw this.#error('Unsupported', digest);
    manifests.delete(digest);
    for (const [tag, target] of tags) if (target === digest) tags.delete(tag);
  }

  async mountBlob(digest: Digest, from: string): Promise<boolean> {
    const repository = this.#here('mountBlob', digest);
    if (this.#registry.readOnly) throw this.#error('ReadOnly', digest);
    const { registry } = parseRepository(this.repository);
    const bytes = this.#registry.repository(`${registry}/${from}`).blobs.get(digest);
    if (bytes !== undefined) repository.blobs.set(digest, bytes);
    return bytes !== undefined;
  }

  async copyBlob(blob: BlobRequest, source: RepositoryWriter): Promise<void> {
    const repository = this.#here('copyBlob', blob.digest);
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.readBlob(blob, new AbortController().signal)) chunks.push(chunk);
    repository.blobs.set(blob.digest, Buffer.concat(chunks));
  }

  async *readBlob({ digest }: BlobRequest): AsyncIterable<Uint8Array> {
    const bytes = this.#here('readBlob', digest).blobs.get(digest);
    if (bytes === undefined) throw this.#error('NotFound', digest);
    yield bytes;
  }

  #read(call: RegistryCall, subject: string, digest: Digest): Manifest {
    const stored = (
      call === 'manifest' && subject === digest ? this.#here(call, subject) : this.#store()
    ).manifests.get(digest);
    if (stored === undefined) throw this.#error('NotFound', subject);
    const actual = digestOf(stored.bytes, digest.split(':')[0]);
    if (actual !== digest) throw this.#error('DigestMismatch', subject);
    return parse(digest, stored);
  }

  #store(): Repository {
    return this.#registry.repository(this.repository);
  }

  #here(call: RegistryCall, subject: string): Repository {
    this.#registry.calls.push(`${call} ${subject}`.trim());
    this.#registry.fault(call, subject);
    return this.#store();
  }

  #error(reason: RegistryFailure, what: string): RegistryError {
    return new RegistryError(reason, `${this.repository}: ${what}: ${reason}`);
  }
}

/** Clients fetch the others elsewhere, so that no registry looks for them. */
const isOfRegistry = ({ mediaType }: Descriptor): boolean => !mediaType.includes('.foreign.');

export const isIndex = ({ mediaType }: Content): boolean => mediaType === INDEX;
