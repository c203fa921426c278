import type { Digest } from '../api/scalars.ts';
import { Slots } from '../controller/slots.ts';
import type { Doubtful } from '../domain/verification/case-file.ts';
import type { ArtifactContents, AttachedLayer, AttachedManifest } from '../ports/artifact-contents.ts';
import type { Descriptor, Manifest, RepositoryReader } from '../ports/registry.ts';
import { isNotFound, RegistryError, type RegistryFailure } from '../ports/registry-error.ts';
import { doubtOf } from './registry-doubt.ts';

/** Of one subject in one repository. More is not read in part, for a part of them would look like all. */
const MAX_REFERRERS = 100;
/** Of one manifest. */
const MAX_LAYERS = 16;
/** Of all that is attached to one subject: anybody who can push can attach, and all of it is in memory at once. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Requests at once for one digest. */
const CONCURRENCY = 4;

/** Layers that may hold a signature. What descriptors say of the type of an artifact is not reliable. */
const SIGNED_LAYER =
  /^application\/vnd\.(dev\.sigstore\.bundle|dev\.cosign\.simplesigning\.|dsse\.envelope\.)/;

/** Answers that will be the same when asked again: whatever that one thing is, it is no proof. */
const FINAL: readonly RegistryFailure[] = ['NotFound', 'TooLarge', 'DigestMismatch', 'Malformed'];

/** Reads what is attached to digests, from several repositories. */
export class AttachedReader {
  readonly #repositories: readonly RepositoryReader[];
  readonly #signal: AbortSignal;
  readonly #slots = new Slots(CONCURRENCY);

  constructor(repositories: readonly RepositoryReader[], signal: AbortSignal) {
    this.#repositories = repositories;
    this.#signal = signal;
  }

  /** Rejects with the reason of the signal, and with nothing else. */
  async contentsOf(subject: Digest): Promise<ArtifactContents> {
    const found = new Found();
    await Promise.all(
      this.#repositories.map(async (repository) => {
        const referrers = await this.#referrers(repository, subject, found);
        await Promise.all([
          ...referrers.map((digest) =>
            this.#attach(repository, 'Referrer', found, () => repository.manifest(digest, this.#signal)),
          ),
          this.#attach(repository, 'SignatureTag', found, () =>
            repository.legacy(subject, 'sig', this.#signal),
          ),
          this.#attach(repository, 'AttestationTag', found, () =>
            repository.legacy(subject, 'att', this.#signal),
          ),
        ]);
      }),
    );
    this.#signal.throwIfAborted();
    return found.contents(subject);
  }

  /** By the API and by the tag: a registry that got the API late has the older ones under the tag only. */
  async #referrers(repository: RepositoryReader, subject: Digest, found: Found): Promise<readonly Digest[]> {
    const listed = await Promise.all(
      (['referrers', 'referrersByTag'] as const).map((list) =>
        this.#read(found, () => repository[list](subject, MAX_REFERRERS, this.#signal), doubtOfList),
      ),
    );
    return [...new Set(listed.flatMap((referrers = []) => referrers.map(({ digest }) => digest)))];
  }

  async #attach(
    repository: RepositoryReader,
    foundAs: AttachedManifest['foundAs'],
    found: Found,
    read: () => Promise<Manifest | undefined>,
  ): Promise<void> {
    const manifest = await this.#read(found, read);
    if (!manifest) return;
    const { digest, subject, layers = [] } = manifest;
    const signed = layers.filter(({ mediaType }) => SIGNED_LAYER.test(mediaType));
    if (signed.length === 0) return;
    // cosign adds every attestation to the same manifest.
    if (signed.length > MAX_LAYERS)
      found.note(tooMuch(`${digest} has more than ${MAX_LAYERS} signed layers`));
    const attached = signed.slice(0, MAX_LAYERS).map((layer) => this.#layer(repository, layer, found));
    found.add({
      ...{ digest, foundAs, layers: await Promise.all(attached) },
      ...(subject && { subject: subject.digest }),
    });
  }

  async #layer(repository: RepositoryReader, layer: Descriptor, found: Found): Promise<AttachedLayer> {
    const { mediaType, digest, size, annotations = {} } = layer;
    const content = found.reserve(size)
      ? await this.#read(found, () => repository.blob(layer, MAX_BYTES, this.#signal))
      : undefined;
    return { mediaType, digest, size, annotations, ...(content && { content }) };
  }

  /** Undefined for what is no proof, and for what could not be read, which is noted. */
  async #read<T>(
    found: Found,
    read: () => Promise<T>,
    doubtful: (error: unknown) => Doubtful | undefined = unlessFinal,
  ): Promise<T | undefined> {
    try {
      return await this.#slots.run(read);
    } catch (error) {
      const doubt = doubtful(error);
      if (doubt) found.note(doubt);
      return undefined;
    }
  }
}

const unlessFinal = (error: unknown): Doubtful | undefined =>
  error instanceof RegistryError && FINAL.includes(error.reason) ? undefined : doubtOf(error);

/** A list that is too long or makes no sense is not read, and may hold anything; one that is not there is empty. */
function doubtOfList(error: unknown): Doubtful | undefined {
  if (isNotFound(error)) return undefined;
  return error instanceof RegistryError && error.reason === 'TooLarge'
    ? tooMuch(error.message)
    : doubtOf(error);
}

const tooMuch = (message: string): Doubtful => ({ reason: 'TooManyReferrers', message });

/** What has been found so far. */
class Found {
  readonly #attached: AttachedManifest[] = [];
  #bytes = 0;
  #unread: Doubtful | undefined;

  /** Whether there is room for so many bytes more. What is too large by itself is no proof; what finds no room may be. */
  reserve(bytes: number): boolean {
    if (bytes > MAX_BYTES) return false;
    if (this.#bytes + bytes > MAX_BYTES) {
      this.note(tooMuch(`more than ${MAX_BYTES} bytes are attached, and not all of them are read`));
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  add(manifest: AttachedManifest): void {
    this.#attached.push(manifest);
  }

  note(doubt: Doubtful): void {
    this.#unread ??= doubt;
  }

  /** In an order that does not depend on who answered first. */
  contents(subject: Digest): ArtifactContents {
    const attached = this.#attached.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    return { subject, attached, ...(this.#unread && { unread: this.#unread }) };
  }
}
