import type { ApiClient } from './adapters/kubernetes/api-client.ts';
import {
  byCanary,
  byDeployment,
  byDigest,
  byRelease,
  byTarget,
  type ClusterStores,
} from './adapters/kubernetes/cluster-cache.ts';
import { KubeListWatcher, type RawObject } from './adapters/kubernetes/list-watcher.ts';
import { namespaceShare } from './adapters/kubernetes/namespace-share.ts';
import { CANARY_PODS, type CachedPod, projectPod } from './adapters/kubernetes/pod-projection.ts';
import { type CachedRelease, projectRelease } from './adapters/kubernetes/release-projection.ts';
import { type Resource, resourcePath } from './adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS, PODS, RELEASES } from './adapters/kubernetes/resources.ts';
import { type CachedWorkload, projectWorkload } from './adapters/kubernetes/workload-projection.ts';
import type { Clock } from './controller/clock.ts';
import type { Identified } from './controller/list-watcher.ts';
import { Reflector, type ReflectorMetrics } from './controller/reflector.ts';
import { Store } from './controller/store.ts';
import { notifyOfChanges } from './triggers.ts';

export interface WatchParts {
  readonly client: ApiClient;
  /** Empty for all namespaces: one watch a kind instead of one a kind and namespace. */
  readonly namespaces: readonly string[];
  readonly clock: Clock;
  readonly metrics: (reflector: string) => ReflectorMetrics;
  readonly onWatchError: (reflector: string, error: unknown, retryInMs: number) => void;
  readonly onListenerError: (error: unknown) => void;
}

export interface Watches {
  readonly stores: ClusterStores;
  readonly reflectors: readonly Reflector<Identified>[];
  /** Calls `enqueue` with the key of a release whenever something that it looks at changes. */
  notify(enqueue: (key: string) => void): void;
}

/** The three kinds that the operator follows: releases, Deployments, and the pods of canaries. */
export function createWatches(parts: WatchParts): Watches {
  const { onListenerError } = parts;
  const releases = new Store<CachedRelease, 'target' | 'canary' | 'digest'>({
    indexes: { target: byTarget, canary: byCanary, digest: byDigest },
    onListenerError,
  });
  const workloads = new Store<CachedWorkload, 'release'>({
    indexes: { release: byRelease },
    onListenerError,
  });
  const canaryPods = new Store<CachedPod, 'deployment'>({
    indexes: { deployment: byDeployment },
    onListenerError,
  });
  const reflectors = [
    ...reflect(parts, RELEASES, releases, projectRelease),
    ...reflect(parts, DEPLOYMENTS, workloads, projectWorkload),
    ...reflect(parts, PODS, canaryPods, projectPod, CANARY_PODS),
  ];
  const stores = { releases, workloads, canaryPods };
  return { stores, reflectors, notify: (enqueue) => notifyOfChanges(stores, enqueue) };
}

function reflect<T extends Identified, Index extends string>(
  { client, namespaces, clock, metrics, onWatchError }: WatchParts,
  resource: Resource,
  store: Store<T, Index>,
  project: (raw: RawObject) => T,
  labelSelector?: string,
): Reflector<T>[] {
  const scopes = namespaces.length > 0 ? namespaces : [undefined];
  return scopes.map((namespace) => {
    const name = namespace === undefined ? resource.resource : `${resource.resource}/${namespace}`;
    const path = resourcePath(resource, namespace === undefined ? {} : { namespace });
    return new Reflector<T>({
      name,
      listWatcher: new KubeListWatcher(client, {
        path,
        project,
        ...(labelSelector !== undefined && { labelSelector }),
      }),
      store: namespace === undefined ? store : namespaceShare(store, namespace),
      clock,
      metrics: metrics(name),
      onError: (error, retryInMs) => onWatchError(name, error, retryInMs),
    });
  });
}
