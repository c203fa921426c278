import type { Digest } from '../api/scalars.ts';
import type { Descriptor, Manifest } from '../ports/registry.ts';
import { RegistryError } from '../ports/registry-error.ts';
import { eachAtOnce } from '../protection/each-at-once.ts';
import { isForeign } from '../protection/foreign-layer.ts';
import { type Needed, nameOf } from './needed-contents.ts';

const AT_ONCE = 8;

/** What is asked of one repository. Every call rejects with RegistryError, or with the reason of the signal. */
export interface ContentReader {
  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest>;
  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean>;
}

export type OpenRepository = (repository: string) => ContentReader;

/**
 * Reads every manifest and hashes it, and looks for its blobs. Resolves to what is not as it should be, a sentence each,
 * and to what could not be found out, for that is no better.
 */
export async function checkContents(
  needed: readonly Needed[],
  open: OpenRepository,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [repository, ofRepository] of Map.groupBy(needed, (one) => one.repository)) {
    const check = new RepositoryCheck(open(repository), signal);
    await eachAtOnce(AT_ONCE, ofRepository, async (one) => {
      const problem = await check.problemOf(one.digest);
      if (problem !== undefined) problems.push(`${nameOf(one)} (${one.releases.join(', ')}): ${problem}`);
    });
  }
  return problems.sort();
}

class RepositoryCheck {
  readonly #reader: ContentReader;
  readonly #signal: AbortSignal;
  /** Most blobs are shared. */
  readonly #blobs = new Map<Digest, Promise<boolean>>();

  constructor(reader: ContentReader, signal: AbortSignal) {
    this.#reader = reader;
    this.#signal = signal;
  }

  async problemOf(digest: Digest): Promise<string | undefined> {
    try {
      const { config, layers = [] } = await this.#reader.manifest(digest, this.#signal);
      const blobs = [...(config ? [config] : []), ...layers.filter((layer) => !isForeign(layer))];
      const found = await Promise.all(blobs.map((blob) => this.#has(blob)));
      const lost = blobs.filter((_, index) => found[index] === false);
      return lost.length === 0
        ? undefined
        : `its blobs are missing: ${lost.map((one) => one.digest).join(', ')}`;
    } catch (error) {
      if (error instanceof RegistryError) return error.message;
      throw error;
    }
  }

  #has({ digest }: Descriptor): Promise<boolean> {
    const asked = this.#blobs.get(digest) ?? this.#reader.hasBlob(digest, this.#signal);
    this.#blobs.set(digest, asked);
    return asked;
  }
}
