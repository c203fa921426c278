import type { Digest } from '../api/scalars.ts';
import type { DiscoveryPin, Member } from '../domain/protection/record.ts';
import { parseRepository } from '../domain/repository-name.ts';
import { RegistryError, type RegistryFailure } from '../ports/registry-error.ts';
import type { RepositoryWriter, StoredManifest } from '../ports/registry-writer.ts';
import { eachAtOnce } from './each-at-once.ts';

const AT_ONCE = 8;

export interface HolderParts {
  /** The tag that keeps a member. */
  readonly tagOf: (digest: Digest) => string;
  readonly writer: RepositoryWriter;
  /** Where else the same content may be, in the order in which it is looked for. */
  readonly sources: readonly RepositoryWriter[];
  /** Manifests that have been read before; what is read now is added. */
  readonly shelf: Pick<Map<Digest, StoredManifest>, 'get' | 'set'>;
}

/** Puts keep tags on members, and brings back what has gone. */
export class Holder {
  readonly #parts: HolderParts;

  constructor(parts: HolderParts) {
    this.#parts = parts;
  }

  /** In the order given, children first: what holds no other manifest at once, indexes one after the other. */
  async hold(members: readonly Member[], signal: AbortSignal): Promise<void> {
    const isLeaf = ({ blobs }: Member): boolean => blobs.length > 0;
    const holdLeaf = (member: Member): Promise<void> => this.#hold(member, signal);
    await eachAtOnce(AT_ONCE, members.filter(isLeaf), holdLeaf, isOfRegistry);
    for (const member of members) if (!isLeaf(member)) await this.#hold(member, signal);
  }

  /** For tags that nobody has: one that somebody has moved is theirs. */
  async restorePins(pins: readonly DiscoveryPin[], signal: AbortSignal): Promise<void> {
    for (const { tag, digest } of pins)
      await this.#parts.writer.put(await this.#stored(digest, signal), tag, signal);
  }

  async #hold(member: Member, signal: AbortSignal): Promise<void> {
    const { tagOf, writer } = this.#parts;
    const tag = tagOf(member.digest);
    const manifest = await this.#stored(member.digest, signal);
    try {
      await writer.put(manifest, tag, signal);
    } catch (error) {
      if (!isMissingContent(error)) throw error;
      await this.#restoreBlobs(member, error, signal);
      await writer.put(manifest, tag, signal);
    }
  }

  async #stored(digest: Digest, signal: AbortSignal): Promise<StoredManifest> {
    const { shelf, sources, writer } = this.#parts;
    const known = shelf.get(digest);
    if (known) return known;
    const read = await firstOf([writer, ...sources], (source) => source.manifest(digest, signal));
    shelf.set(digest, read);
    return read;
  }

  /** Rejects with `cause`, and why they could not be had, where none of the sources gives them. */
  async #restoreBlobs({ blobs }: Member, cause: RegistryError, signal: AbortSignal): Promise<void> {
    const { sources, writer } = this.#parts;
    if (sources.length === 0) throw cause;
    for (const blob of blobs) {
      await firstOf(sources, async (source) => {
        const mounted =
          registryOf(source) === registryOf(writer) &&
          (await writer.mountBlob(blob.digest, parseRepository(source.repository).path, signal));
        if (!mounted) await writer.copyBlob(blob, source, signal);
      }).catch((failure: unknown) => {
        throw failure instanceof RegistryError ? unmended(cause, failure) : failure;
      });
    }
  }
}

const registryOf = ({ repository }: RepositoryWriter): string => parseRepository(repository).registry;

/** Not of what is kept: whoever may not push one manifest may push none, and in an outage all are out. */
const isOfRegistry = (error: unknown): boolean =>
  !(error instanceof RegistryError) || !OF_CONTENT.includes(error.reason);

const OF_CONTENT: readonly RegistryFailure[] = [
  'NotFound',
  'MissingContent',
  'DigestMismatch',
  'TooLarge',
  'Malformed',
];

const isMissingContent = (error: unknown): error is RegistryError =>
  error instanceof RegistryError && error.reason === 'MissingContent';

/** What is missing is missing, whatever kept it from being copied; but that is what people can do something about. */
const unmended = ({ message, reason }: RegistryError, failure: RegistryError): RegistryError =>
  new RegistryError(reason, `${message}; it could not be copied: ${failure.message}`, { cause: failure });

/** What the first source gives that gives anything; what the first one failed with where none does. */
async function firstOf<T>(
  sources: readonly RepositoryWriter[],
  ask: (source: RepositoryWriter) => Promise<T>,
): Promise<T> {
  const failures: unknown[] = [];
  for (const source of sources) {
    try {
      return await ask(source);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      failures.push(error);
    }
  }
  throw failures[0];
}
