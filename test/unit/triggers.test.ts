import { describe, expect, it } from 'vitest';
import { byCanary, byDeployment, byRelease, byTarget } from '../../src/adapters/kubernetes/cluster-cache.ts';
import type { RawObject } from '../../src/adapters/kubernetes/list-watcher.ts';
import { type CachedPod, projectPod } from '../../src/adapters/kubernetes/pod-projection.ts';
import { type CachedRelease, projectRelease } from '../../src/adapters/kubernetes/release-projection.ts';
import { type CachedWorkload, projectWorkload } from '../../src/adapters/kubernetes/workload-projection.ts';
import { commandAnnotation } from '../../src/api/artifact-release.ts';
import { Store } from '../../src/controller/store.ts';
import { notifyOfChanges } from '../../src/triggers.ts';
import { deploymentManifest } from '../support/deployment-manifest.ts';
import { digestOf, releaseManifest, statusAtRest, withField } from '../support/release-manifest.ts';

const NAMESPACE = 'shop';
const onListenerError = (error: unknown): never => {
  throw error;
};

/** Caches with what is put into them, and the keys that each put has woken up. */
function caches() {
  const stores = {
    releases: new Store<CachedRelease, 'target' | 'canary'>({
      indexes: { target: byTarget, canary: byCanary },
      onListenerError,
    }),
    workloads: new Store<CachedWorkload, 'release'>({ indexes: { release: byRelease }, onListenerError }),
    canaryPods: new Store<CachedPod, 'deployment'>({
      indexes: { deployment: byDeployment },
      onListenerError,
    }),
  };
  const woken: string[] = [];
  notifyOfChanges(stores, (key) => woken.push(key));
  let version = 0;
  const stored = (object: object): RawObject => {
    version += 1;
    const { metadata } = object as { metadata: { name: string } };
    const creation = { generation: 1, creationTimestamp: '2026-06-01T12:00:00Z' };
    return {
      ...object,
      metadata: { uid: metadata.name, ...creation, ...metadata, resourceVersion: `${version}` },
    };
  };
  const wokenBy = (put: () => void): string[] => {
    woken.length = 0;
    put();
    return [...new Set(woken)];
  };
  return {
    stores,
    release: (object: object) => wokenBy(() => stores.releases.put(projectRelease(stored(object)))),
    workload: (object: object) => wokenBy(() => stores.workloads.put(projectWorkload(stored(object)))),
    gone: (key: string) => wokenBy(() => stores.workloads.delete(key)),
    pod: (object: object) => wokenBy(() => stores.canaryPods.put(projectPod(stored(object)))),
  };
}

const checkout = releaseManifest(NAMESPACE);
const deployment = deploymentManifest(NAMESPACE, 'checkout', [{ name: 'app', image: 'app:1' }]);
const canary = withField(
  { ...deployment, metadata: { ...deployment.metadata, name: 'checkout-canary' } },
  'metadata.annotations',
  { 'artifactrelease.dev/release': 'checkout' },
);
const canaryPod = (reason?: string) => ({
  metadata: { name: 'checkout-canary-6d5f8c7b9-x2x4q', namespace: NAMESPACE },
  status: { containerStatuses: [{ name: 'app', state: reason ? { waiting: { reason } } : {} }] },
});

describe('a release wakes up', () => {
  it.each([
    ['its spec', withField(checkout, 'spec.artifact.digest', digestOf('b'))],
    [
      'a command',
      withField(checkout, 'metadata.annotations', { [commandAnnotation('abort')]: digestOf('a') }),
    ],
    ['its deletion', withField(checkout, 'metadata.deletionTimestamp', '2026-06-01T12:00:00Z')],
    ['a spec that is wrong', withField(checkout, 'spec.artifact.digest', 'latest')],
  ])('for %s', (_, changed) => {
    const { release } = caches();
    expect(release(checkout)).toEqual(['shop/checkout']);
    const generation = 2;
    expect(release(withField(changed, 'metadata.generation', generation))).toEqual(['shop/checkout']);
  });

  it('for another one that comes to its workload', () => {
    const { release } = caches();
    release(checkout);
    expect(release(releaseManifest(NAMESPACE, 'rival'))).toEqual(['shop/rival', 'shop/checkout']);
  });

  it('for another one that leaves its workload, in its spec or in its pins', () => {
    const { release } = caches();
    const rival = releaseManifest(NAMESPACE, 'rival');
    const pins = [{ kind: 'Deployment', name: 'checkout', container: 'app', image: 'app:1' }];
    release(checkout);
    release(rival);
    expect(release({ ...rival, status: { ...statusAtRest, pins } })).toEqual(['shop/checkout']);
    const moved = withField(rival, 'metadata.generation', 2);
    const elsewhere = withField(moved, 'spec.targets', [{ kind: 'Deployment', name: 'payments' }]);
    expect(release({ ...elsewhere, status: { ...statusAtRest, pins } })).toEqual([
      'shop/rival',
      'shop/checkout',
    ]);
    expect(release({ ...elsewhere, status: { ...statusAtRest, pins: [] } })).toEqual(['shop/checkout']);
  });

  it('for its workload and for its canary', () => {
    const { release, workload } = caches();
    release(checkout);
    expect(workload(deployment)).toEqual(['shop/checkout']);
    expect(workload(canary)).toEqual(['shop/checkout']);
    expect(workload(withField(canary, 'status.availableReplicas', 1))).toEqual(['shop/checkout']);
  });

  it.each([
    ['of nobody', undefined],
    ['of another release', { 'artifactrelease.dev/release': 'basket' }],
  ])('for a Deployment %s that leaves the name of its canary', (_, annotations) => {
    const { release, workload, gone } = caches();
    release(checkout);
    const squatter = withField(canary, 'metadata.annotations', annotations);
    expect(workload(squatter)).toContain('shop/checkout');
    expect(gone('shop/checkout-canary')).toContain('shop/checkout');
  });

  it('for a canary pod that gets into trouble, and out of it', () => {
    const { release, workload, pod } = caches();
    release(checkout);
    workload(canary);
    expect(pod(canaryPod())).toEqual([]);
    expect(pod(canaryPod('ImagePullBackOff'))).toEqual(['shop/checkout']);
    expect(pod(canaryPod('ImagePullBackOff'))).toEqual([]);
    expect(pod(canaryPod())).toEqual(['shop/checkout']);
  });
});

describe('a release sleeps on', () => {
  it('when only its status was written', () => {
    const { release } = caches();
    release(checkout);
    expect(release({ ...checkout, status: statusAtRest })).toEqual([]);
  });

  it('when nothing of a workload changed that it reads', () => {
    const { release, workload } = caches();
    release(checkout);
    workload(deployment);
    expect(workload(withField(deployment, 'status.conditions', [{ type: 'Available' }]))).toEqual([]);
  });

  it('when a workload is none of its own', () => {
    const { release, workload } = caches();
    release(checkout);
    expect(workload(deploymentManifest(NAMESPACE, 'payments', []))).toEqual([]);
  });
});
