import { isDeepStrictEqual } from 'node:util';
import { byDeployment, type ClusterStores } from './adapters/kubernetes/cluster-cache.ts';
import type { CachedPod } from './adapters/kubernetes/pod-projection.ts';
import type { CachedRelease } from './adapters/kubernetes/release-projection.ts';
import type { CachedWorkload } from './adapters/kubernetes/workload-projection.ts';
import { keyOf } from './controller/list-watcher.ts';
import type { StoreDelta } from './controller/store.ts';

/** Calls `enqueue` with the key of every release that a change concerns. */
export function notifyOfChanges(
  { releases, workloads, canaryPods }: ClusterStores,
  enqueue: (key: string) => void,
): void {
  const enqueueAll = (namespace: string, workload: string): void => {
    for (const { metadata } of releases.byIndex('target', `${namespace}/${workload}`))
      enqueue(keyOf(metadata));
  };
  releases.subscribe((delta) => {
    if (isStatusOnly(delta)) return;
    enqueue(delta.key);
    // A release that comes, goes or changes its targets may free or take the workload of another one.
    for (const target of objectOf(delta).targets)
      enqueueAll(objectOf(delta).metadata.namespace ?? '', target);
  });
  workloads.subscribe((delta) => {
    if (isUnseen(delta)) return;
    const { metadata, release } = objectOf(delta);
    const namespace = metadata.namespace ?? '';
    if (release !== undefined) enqueue(`${namespace}/${release}`);
    else enqueueAll(namespace, metadata.name);
  });
  canaryPods.subscribe((delta) => {
    const pod = objectOf(delta);
    for (const deployment of byDeployment(pod)) {
      const release = workloads.get(deployment)?.release;
      if (release !== undefined && troubleChanged(delta)) enqueue(`${pod.metadata.namespace}/${release}`);
    }
  });
}

const objectOf = <T>(delta: StoreDelta<T>): T => (delta.type === 'deleted' ? delta.previous : delta.object);

/** The echo of our own status write, to which the pass that made it has nothing to add. */
function isStatusOnly(delta: StoreDelta<CachedRelease>): boolean {
  if (delta.type !== 'updated') return false;
  const [before, after] = [delta.previous.stored, delta.object.stored];
  if (!before.valid || !after.valid) return false;
  const wish = ({ metadata: { resourceVersion: _, ...metadata } }: typeof before.release) => metadata;
  return isDeepStrictEqual(wish(before.release), wish(after.release));
}

/** Only fields changed that the projection leaves out. */
function isUnseen(delta: StoreDelta<CachedWorkload>): boolean {
  if (delta.type !== 'updated') return false;
  const seen = ({ workload: { resourceVersion: _, ...workload }, release }: CachedWorkload) => ({
    workload,
    release,
  });
  return isDeepStrictEqual(seen(delta.previous), seen(delta.object));
}

const troubleChanged = (delta: StoreDelta<CachedPod>): boolean =>
  delta.type === 'updated'
    ? delta.object.trouble !== delta.previous.trouble
    : objectOf(delta).trouble !== undefined;
