import { isDeepStrictEqual } from 'node:util';
import { byDeployment, byTarget, type ClusterStores } from './adapters/kubernetes/cluster-cache.ts';
import type { CachedPod } from './adapters/kubernetes/pod-projection.ts';
import type { PolicyStores } from './adapters/kubernetes/policy-cache.ts';
import type { CachedNamespace, CachedObject } from './adapters/kubernetes/policy-projection.ts';
import type { CachedRelease } from './adapters/kubernetes/release-projection.ts';
import type { CachedWorkload } from './adapters/kubernetes/workload-projection.ts';
import type { Digest } from './api/scalars.ts';
import { type Identified, keyOf } from './controller/list-watcher.ts';
import type { StoreDelta } from './controller/store.ts';
import { usesOf } from './domain/digest-uses.ts';
import { mayConcern } from './domain/verification/revoked-digests.ts';
import type { StoredRelease } from './ports/cluster.ts';

/** Calls `enqueue` with the key of every release that a change concerns. */
export function notifyOfChanges(
  { releases, workloads, canaryPods }: ClusterStores,
  enqueue: (key: string) => void,
): void {
  const releasesOn = (workload: string): string[] =>
    releases.byIndex('target', workload).map(({ metadata }) => keyOf(metadata));
  releases.subscribe((delta) => {
    const statusOnly = isStatusOnly(delta);
    if (!statusOnly) enqueue(delta.key);
    if (statusOnly && !pinsOthers(delta)) return;
    // A release that comes or goes, or names or pins others than before, may free or take the workload of another one.
    const versions = delta.type === 'updated' ? [delta.previous, delta.object] : [objectOf(delta)];
    const concerned = versions.flatMap(byTarget).flatMap(releasesOn);
    for (const key of new Set(concerned)) if (key !== delta.key) enqueue(key);
  });
  workloads.subscribe((delta) => {
    if (isUnseen(delta)) return;
    const { metadata, release } = objectOf(delta);
    const namespace = metadata.namespace ?? '';
    if (release !== undefined) enqueue(`${namespace}/${release}`);
    else for (const key of releasesOn(`${namespace}/${metadata.name}`)) enqueue(key);
    // What stands in the place of a canary, and then no longer does, need not be a canary of that release.
    for (const { metadata: waiting } of releases.byIndex('canary', `${namespace}/${metadata.name}`))
      enqueue(keyOf(waiting));
  });
  canaryPods.subscribe((delta) => {
    const pod = objectOf(delta);
    for (const deployment of byDeployment(pod)) {
      const release = workloads.get(deployment)?.release;
      if (release !== undefined && troubleChanged(delta)) enqueue(`${pod.metadata.namespace}/${release}`);
    }
  });
}

/**
 * The same for what the platform says. How far a revocation is, which is its status, concerns no release: it follows
 * from what the releases did.
 */
export function notifyOfPolicies(
  { policies, revocations, namespaces, releases }: PolicyStores & Pick<ClusterStores, 'releases'>,
  enqueue: (key: string) => void,
): void {
  const enqueueAll = (concerned: readonly Identified[]): void => {
    for (const { metadata } of concerned) enqueue(keyOf(metadata));
  };
  policies.subscribe((delta) => {
    if (saysSomethingElse(delta)) enqueueAll(releases.list());
  });
  revocations.subscribe((delta) => {
    if (saysSomethingElse(delta)) enqueueAll(releases.list());
  });
  namespaces.subscribe((delta) => {
    if (isRelabelled(delta)) enqueueAll(releases.byIndex('namespace', delta.key));
  });
}

export interface RevocationListener {
  /** It says something else, or is gone. */
  changed(revocation: string): void;
  /** Something happened that may be its progress. */
  concerned(revocation: string): void;
}

/** Tells of every revocation that a change concerns, by its name. Its own status is no news to it. */
export function notifyOfProgress(
  { revocations, releases }: Pick<PolicyStores & ClusterStores, 'revocations' | 'releases'>,
  listener: RevocationListener,
): void {
  revocations.subscribe((delta) => {
    if (saysSomethingElse(delta)) listener.changed(delta.key);
  });
  releases.subscribe((delta) => {
    const versions = delta.type === 'updated' ? [delta.previous, delta.object] : [objectOf(delta)];
    const digests = digestsIn(versions);
    for (const { metadata, understood } of revocations.list()) {
      if (!understood.valid) continue;
      if (digests === undefined || mayConcern(understood.value, digests)) listener.concerned(metadata.name);
    }
  });
}

export interface ProtectionListener {
  /** One has come, changed or gone. */
  changed(before: StoredRelease | undefined, after: StoredRelease | undefined): void;
  /** What the platform says of their registries may be another thing. */
  reconfigured(releases: readonly CachedRelease[]): void;
}

/** Tells of everything that may change what has to be kept in registries. */
export function notifyOfProtection(
  { registries, releases }: Pick<PolicyStores & ClusterStores, 'registries' | 'releases'>,
  listener: ProtectionListener,
): void {
  releases.subscribe((delta) => {
    const before = delta.type === 'added' ? undefined : delta.previous.stored;
    listener.changed(before, delta.type === 'deleted' ? undefined : delta.object.stored);
  });
  registries.subscribe(() => listener.reconfigured(releases.list()));
}

/** Undefined where a release is not understood: it may have to do with any. */
function digestsIn(releases: readonly CachedRelease[]): ReadonlySet<Digest> | undefined {
  const digests = new Set<Digest>();
  for (const { stored } of releases) {
    if (!stored.valid) return undefined;
    for (const { digest } of usesOf(stored.release)) digests.add(digest);
  }
  return digests;
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

const pinsOthers = (delta: StoreDelta<CachedRelease>): boolean =>
  delta.type === 'updated' && !isDeepStrictEqual(delta.previous.pinned, delta.object.pinned);

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

/** Something other than its status or its metadata. */
function saysSomethingElse<T extends { readonly spec: unknown }>(
  delta: StoreDelta<CachedObject<T>>,
): boolean {
  if (delta.type !== 'updated') return true;
  const said = ({ understood }: CachedObject<T>) =>
    understood.valid ? understood.value.spec : understood.problem;
  return !isDeepStrictEqual(said(delta.previous), said(delta.object));
}

const isRelabelled = (delta: StoreDelta<CachedNamespace>): boolean =>
  delta.type !== 'updated' || !isDeepStrictEqual(delta.previous.labels, delta.object.labels);
