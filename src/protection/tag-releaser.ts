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

/** Gives up keep tags, in the way that the registry allows; what it does not allow is not tried again. */
export class TagReleaser {
  readonly #owner: Owner;
  readonly #strategies: readonly ReleaseStrategy[];
  #refused = false;

  constructor(owner: Owner, strategies: readonly ReleaseStrategy[]) {
    this.#owner = owner;
    this.#strategies = strategies;
  }

  /** Rejects with RegistryError when neither way is open. */
  async release(tag: string, writer: RepositoryWriter, signal: AbortSignal): Promise<Released> {
    if (this.#strategies.includes('DeleteTag') && !this.#refused) {
      try {
        await writer.deleteTag(tag, signal);
        return { strategy: 'DeleteTag', result: 'Released' };
      } catch (error) {
        if (!isRefusal(error) || !this.#strategies.includes('Tombstone')) throw error;
        this.#refused = true;
      }
    }
    return { strategy: 'Tombstone', result: await this.#bury(tag, writer, signal) };
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
