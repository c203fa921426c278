import type { ApiClient } from './adapters/kubernetes/api-client.ts';
import {
  byCanary,
  byDeployment,
  byDigest,
  byNamespace,
  byRelease,
  byRepository,
  byTarget,
  type ClusterStores,
  type ReleaseIndex,
} from './adapters/kubernetes/cluster-cache.ts';
import { type CollectionOptions, KubeListWatcher } from './adapters/kubernetes/list-watcher.ts';
import { CANARY_PODS, type CachedPod, projectPod } from './adapters/kubernetes/pod-projection.ts';
import type { PolicyStores } from './adapters/kubernetes/policy-cache.ts';
import {
  type CachedNamespace,
  type CachedPolicy,
  type CachedRegistry,
  type CachedRevocation,
  projectNamespace,
  projectPolicy,
  projectRegistry,
  projectRevocation,
} from './adapters/kubernetes/policy-projection.ts';
import { type CachedRelease, projectRelease } from './adapters/kubernetes/release-projection.ts';
import { type Resource, resourcePath } from './adapters/kubernetes/resource-path.ts';
import {
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  POLICIES,
  REGISTRIES,
  RELEASES,
  REVOCATIONS,
} from './adapters/kubernetes/resources.ts';
import { storeShare } from './adapters/kubernetes/store-share.ts';
import { type CachedWorkload, projectWorkload } from './adapters/kubernetes/workload-projection.ts';
import { problemOfExpression } from './adapters/sigstore-verifier/expression.ts';
import type { Clock } from './controller/clock.ts';
import type { Identified } from './controller/list-watcher.ts';
import { Reflector, type ReflectorMetrics } from './controller/reflector.ts';
import { Store } from './controller/store.ts';
import { notifyOfChanges, notifyOfPolicies } from './triggers.ts';

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
  readonly stores: ClusterStores & PolicyStores;
  readonly reflectors: readonly Reflector<Identified>[];
  /** Calls `enqueue` with the key of a release whenever something that it looks at changes. */
  notify(enqueue: (key: string) => void): void;
}

/** All that the operator follows: what belongs to releases, and what the platform says about them. */
export function createWatches(parts: WatchParts): Watches {
  const cluster = watchCluster(parts);
  const platform = watchPlatform(parts);
  const stores = { ...cluster.stores, ...platform.stores };
  return {
    stores,
    reflectors: [...cluster.reflectors, ...platform.reflectors],
    notify: (enqueue) => {
      notifyOfChanges(stores, enqueue);
      notifyOfPolicies(stores, enqueue);
    },
  };
}

/** Releases, Deployments, and the pods of canaries. */
function watchCluster(parts: WatchParts) {
  const { onListenerError } = parts;
  const releases = new Store<CachedRelease, ReleaseIndex>({
    indexes: {
      target: byTarget,
      canary: byCanary,
      digest: byDigest,
      namespace: byNamespace,
      repository: byRepository,
    },
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
    ...reflectNamespaced(parts, RELEASES, releases, projectRelease),
    ...reflectNamespaced(parts, DEPLOYMENTS, workloads, projectWorkload),
    ...reflectNamespaced(parts, PODS, canaryPods, projectPod, CANARY_PODS),
  ];
  return { stores: { releases, workloads, canaryPods }, reflectors };
}

/** What the platform says is watched for the whole cluster, whichever namespaces the releases are in. */
function watchPlatform(parts: WatchParts) {
  const options = { indexes: {}, onListenerError: parts.onListenerError };
  const policies = new Store<CachedPolicy>(options);
  const revocations = new Store<CachedRevocation>(options);
  const registries = new Store<CachedRegistry>(options);
  const namespaces = new Store<CachedNamespace>(options);
  const reflectors = [
    reflectAll(parts, POLICIES, policies, projectPolicy),
    reflectAll(parts, REVOCATIONS, revocations, projectRevocation(problemOfExpression)),
    reflectAll(parts, REGISTRIES, registries, projectRegistry),
    ...reflectNamespaces(parts, namespaces),
  ];
  return { stores: { policies, revocations, registries, namespaces }, reflectors };
}

type Project<T> = CollectionOptions<T>['project'];

function reflectNamespaced<T extends Identified, Index extends string>(
  parts: WatchParts,
  resource: Resource,
  store: Store<T, Index>,
  project: Project<T>,
  labelSelector?: string,
): Reflector<T>[] {
  const selection = labelSelector === undefined ? {} : { labelSelector };
  if (parts.namespaces.length === 0) return [reflectAll(parts, resource, store, project, selection)];
  return parts.namespaces.map((namespace) =>
    reflect(
      parts,
      `${resource.resource}/${namespace}`,
      storeShare(store, ({ metadata }) => metadata.namespace === namespace),
      { path: resourcePath(resource, { namespace }), project, ...selection },
    ),
  );
}

/** A field selector for one name is what a role with `resourceNames` lets through. */
function reflectNamespaces(parts: WatchParts, store: Store<CachedNamespace>): Reflector<CachedNamespace>[] {
  if (parts.namespaces.length === 0) return [reflectAll(parts, NAMESPACES, store, projectNamespace)];
  return parts.namespaces.map((namespace) =>
    reflect(
      parts,
      `${NAMESPACES.resource}/${namespace}`,
      storeShare(store, ({ metadata }) => metadata.name === namespace),
      {
        path: resourcePath(NAMESPACES),
        project: projectNamespace,
        fieldSelector: `metadata.name=${namespace}`,
      },
    ),
  );
}

function reflectAll<T extends Identified, Index extends string>(
  parts: WatchParts,
  resource: Resource,
  store: Store<T, Index>,
  project: Project<T>,
  selection: { readonly labelSelector?: string } = {},
): Reflector<T> {
  return reflect(parts, resource.resource, store, { path: resourcePath(resource), project, ...selection });
}

function reflect<T extends Identified>(
  { client, clock, metrics, onWatchError }: WatchParts,
  name: string,
  store: Pick<Store<T, string>, 'put' | 'delete' | 'replace'>,
  collection: CollectionOptions<T>,
): Reflector<T> {
  return new Reflector<T>({
    name,
    listWatcher: new KubeListWatcher(client, collection),
    store,
    clock,
    metrics: metrics(name),
    onError: (error, retryInMs) => onWatchError(name, error, retryInMs),
  });
}
