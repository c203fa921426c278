import { createHash } from 'node:crypto';
import type { ReleaseStrategy } from '../api/protection-spec.ts';
import type { Digest } from '../api/scalars.ts';
import type { Owner } from '../domain/protection/keep-tag.ts';
import { RegistryError } from '../ports/registry-error.ts';
import type { RepositoryWriter, StoredManifest } from '../ports/registry-writer.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';

/** How a tag ended: Parked where it is still there, and points at a manifest that holds nothing. */
export interface Released {
  readonly strategy: ReleaseStrategy;
  readonly result: 'Released' | 'Parked';
}

/** What is told of each tag. */
export interface ReleaseLog {
  readonly released: (tag: string, how: Released) => void;
  /** A rule or a lock of the registry keeps it where it is, or the credentials may do neither. */
  readonly refused: (tag: string) => void;
}

/** As many in a row, and it is not the tag. */
const MAX_REFUSED = 3;

/** Gives up keep tags, in the way that the registry allows; what it does not allow is not tried again. */
export class TagReleaser {
  readonly #owner: Owner;
  readonly #strategies: readonly ReleaseStrategy[];
  #deletes: boolean;

  constructor(owner: Owner, strategies: readonly ReleaseStrategy[]) {
    this.#owner = owner;
    this.#strategies = strategies;
    this.#deletes = strategies.includes('DeleteTag');
  }

  /**
   * One after the other; a tag that is refused keeps no other one from its turn, unless three of them are. Rejects with
   * the first refusal when all have had theirs, and with any other RegistryError at once.
   */
  async release(
    tags: Iterable<string>,
    writer: RepositoryWriter,
    log: ReleaseLog,
    signal: AbortSignal,
  ): Promise<void> {
    const refusals: unknown[] = [];
    for (const tag of tags) {
      if (refusals.length === MAX_REFUSED) break;
      try {
        log.released(tag, await this.#release(tag, writer, signal));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusals.push(error);
        log.refused(tag);
      }
    }
    if (refusals.length > 0) throw refusals[0];
  }

  async #release(tag: string, writer: RepositoryWriter, signal: AbortSignal): Promise<Released> {
    const refusal = this.#deletes ? await this.#delete(tag, writer, signal) : undefined;
    if (this.#deletes && refusal === undefined) return { strategy: 'DeleteTag', result: 'Released' };
    if (!this.#strategies.includes('Tombstone')) throw refusal;
    const result = await this.#bury(tag, writer, signal);
    // Only now: a tag that can be moved no more than deleted says nothing about the others.
    this.#deletes = false;
    return { strategy: 'Tombstone', result };
  }

  /** Resolves to the refusal, if there is one. */
  async #delete(tag: string, writer: RepositoryWriter, signal: AbortSignal): Promise<unknown> {
    try {
      await writer.deleteTag(tag, signal);
      return undefined;
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    }
  }

  /** Only the tombstone is deleted by its digest: that takes every tag of a manifest with it, also those of others. */
  async #bury(tag: string, writer: RepositoryWriter, signal: AbortSignal): Promise<Released['result']> {
    const stone = tombstone(this.#owner, tag);
    await writer.put(stone, tag, signal);
    try {
      await writer.deleteManifest(stone.digest, signal);
      return 'Released';
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return 'Parked';
    }
  }
}

/** The tag is part of it, so that no two tags point at the same one. */
export const tombstone = (owner: Owner, tag: string): StoredManifest =>
  emptyIndex({ 'dev.artifactrelease.owner': owner, 'dev.artifactrelease.tombstone': tag });

/** A manifest that needs no blob to be there. */
export function emptyIndex(annotations: Readonly<Record<string, string>>): StoredManifest {
  const document = { schemaVersion: 2, mediaType: INDEX, manifests: [], annotations };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest, mediaType: INDEX, bytes };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof RegistryError && ['Unsupported', 'Forbidden', 'Unauthorized'].includes(error.reason);
