import type { Digest } from '../../api/scalars.ts';
import type { StoreReader } from '../../controller/store.ts';
import { digestPrefix } from '../../domain/digest.ts';
import { digestsOf, usesOf } from '../../domain/digest-uses.ts';
import type { PodTrouble } from '../../domain/observation.ts';
import { known, type Reading, unknown } from '../../domain/reading.ts';
import { canaryName, type Workload } from '../../domain/workload.ts';
import type { ClusterReader, ReleaseOnWorkload, StoredRelease } from '../../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import type { RawObject } from './list-watcher.ts';
import { type CachedPod, digestsOfPod } from './pod-projection.ts';
import type { CachedRelease } from './release-projection.ts';
import { resourcePath } from './resource-path.ts';
import { PODS } from './resources.ts';
import type { CachedWorkload } from './workload-projection.ts';

/** How releases are found, besides by their key. */
export type ReleaseIndex = 'target' | 'canary' | 'digest' | 'namespace' | 'repository';

export interface ClusterStores {
  readonly releases: StoreReader<CachedRelease, ReleaseIndex>;
  readonly workloads: StoreReader<CachedWorkload, 'release'>;
  readonly canaryPods: StoreReader<CachedPod, 'deployment'>;
}

const key = (namespace: string, name: string): string => `${namespace}/${name}`;

/** Index functions of the three stores. */
export const byTarget = ({ metadata, targets, pinned }: CachedRelease): string[] =>
  [...new Set([...targets, ...pinned])].map((target) => key(metadata.namespace ?? '', target));

/** By the names that its canaries have, or would have. */
export const byCanary = ({ metadata, targets }: CachedRelease): string[] =>
  targets.map((target) => key(metadata.namespace ?? '', canaryName(target)));

/** By the first 12 hex digits of every digest that it runs, ran, tries or wants: what people have at hand. */
export const byDigest = ({ stored }: CachedRelease): string[] =>
  stored.valid ? [...new Set(digestsOf(usesOf(stored.release)).map(digestPrefix))] : [];

export const byNamespace = ({ metadata }: CachedRelease): string[] => [metadata.namespace ?? ''];

/** Under the empty name where that is not understood. */
export const byRepository = ({ repository = '' }: CachedRelease): string[] => [repository];

export const byRelease = ({ metadata, release }: CachedWorkload): string[] =>
  release === undefined ? [] : [key(metadata.namespace ?? '', release)];

/** `checkout-canary-6d5f8c7b9-x2x4q` belongs to `checkout-canary`. */
export const byDeployment = ({ metadata }: CachedPod): string[] => {
  const name = /^(.+-canary)-/.exec(metadata.name)?.[1];
  return name === undefined ? [] : [key(metadata.namespace ?? '', name)];
};

/** The world as the watches have told it. */
export class ClusterCache implements ClusterReader {
  readonly #stores: ClusterStores;
  readonly #client: ApiClient;

  constructor(stores: ClusterStores, client: ApiClient) {
    this.#stores = stores;
    this.#client = client;
  }

  release(releaseKey: string): StoredRelease | undefined {
    return this.#stores.releases.get(releaseKey)?.stored;
  }

  workload(namespace: string, name: string): Workload | undefined {
    return this.#stores.workloads.get(key(namespace, name))?.workload;
  }

  canaries(namespace: string, release: string): readonly Workload[] {
    return this.#stores.workloads
      .byIndex('release', key(namespace, release))
      .map((cached) => cached.workload);
  }

  podTrouble(namespace: string, canary: string): PodTrouble {
    const pods = this.#stores.canaryPods.byIndex('deployment', key(namespace, canary));
    const why = pods.find((pod) => pod.trouble !== undefined)?.trouble;
    return { crashLooping: pods.some((pod) => pod.crashLooping), ...(why !== undefined && { why }) };
  }

  releasesOn(namespace: string, workload: string): readonly ReleaseOnWorkload[] {
    return this.#stores.releases
      .byIndex('target', key(namespace, workload))
      .map(({ stored: { identity, deleting }, targets, pinned }) => ({
        identity,
        deleting,
        names: targets.includes(workload),
        pins: pinned.includes(workload),
      }));
  }

  async runningDigests(
    workload: Workload,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Reading<Digest>>> {
    const path = resourcePath(PODS, { namespace: workload.namespace });
    const query = { labelSelector: workload.selector, limit: 500 };
    const { items } = await this.#client.list<RawObject>(path, { query, signal });
    const found = new Map<string, Set<Digest>>();
    for (const pod of items) {
      for (const [container, digest] of digestsOfPod(pod.status)) {
        found.set(container, (found.get(container) ?? new Set()).add(digest));
      }
    }
    return new Map([...found].map(([container, digests]) => [container, single(container, digests)]));
  }
}

function single(container: string, digests: ReadonlySet<Digest>): Reading<Digest> {
  const [digest, other] = digests;
  if (digest !== undefined && other === undefined) return known(digest);
  return unknown(
    'StableUnknown',
    `pods run container ${container} at ${digests.size} different digests behind one tag`,
  );
}
