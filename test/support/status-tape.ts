import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { RELEASES } from '../../src/adapters/kubernetes/resources.ts';
import type { Candidate, Status } from '../../src/api/artifact-release-status.ts';
import type { ClusterClient } from '../cluster/cluster-client.ts';
import { Collection } from '../cluster/collection.ts';
import type { Shop } from '../cluster/shop.ts';

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly status?: Status;
}

/** Every status of a release that is stored, in order: a look now and then would miss those that do not last. */
export class StatusTape {
  readonly statuses: Status[] = [];
  readonly #end = new AbortController();
  readonly #following: Promise<void>;
  #version = '';

  constructor({ api }: ClusterClient, { namespace, name }: Shop) {
    const releases = new Collection<Stored>(api, resourcePath(RELEASES, { namespace }));
    this.#following = releases.follow(this.#end.signal, () => {
      for (const { metadata, status } of releases.objects.values()) {
        if (metadata.name !== name || metadata.resourceVersion === this.#version) continue;
        this.#version = metadata.resourceVersion;
        if (status) this.statuses.push(status);
      }
    });
  }

  get candidates(): readonly Candidate[] {
    return this.statuses.flatMap(({ candidate }) => candidate ?? []);
  }

  /** The values of the candidate that were stored one after the other, without repeats. */
  changes<T>(of: (candidate: Candidate) => T): readonly T[] {
    return this.candidates.map(of).filter((value, index, all) => index === 0 || value !== all[index - 1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#following;
  }
}
