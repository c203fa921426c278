import { describe, expect, it } from 'vitest';
import {
  byCanary,
  byDeployment,
  byDigest,
  byNamespace,
  byRelease,
  byRepository,
  byTarget,
  type ReleaseIndex,
} from '../../src/adapters/kubernetes/cluster-cache.ts';
import type { RawObject } from '../../src/adapters/kubernetes/list-watcher.ts';
import { type CachedPod, projectPod } from '../../src/adapters/kubernetes/pod-projection.ts';
import {
  type CachedNamespace,
  type CachedPolicy,
  type CachedRegistry,
  type CachedRevocation,
  projectNamespace,
  projectPolicy,
  projectRegistry,
  projectRevocation,
} from '../../src/adapters/kubernetes/policy-projection.ts';
import { type CachedRelease, projectRelease } from '../../src/adapters/kubernetes/release-projection.ts';
import { type CachedWorkload, projectWorkload } from '../../src/adapters/kubernetes/workload-projection.ts';
import { commandAnnotation } from '../../src/api/artifact-release.ts';
import { Store } from '../../src/controller/store.ts';
import { notifyOfChanges, notifyOfPolicies } from '../../src/triggers.ts';
import { deploymentManifest } from '../support/deployment-manifest.ts';
import { digestOf, releaseManifest, statusAtRest, withField } from '../support/release-manifest.ts';

const NAMESPACE = 'shop';
const onListenerError = (error: unknown): never => {
  throw error;
};

/** Caches with what is put into them, and the keys that each put has woken up. */
function caches() {
  const stores = {
    releases: new Store<CachedRelease, ReleaseIndex>({
      indexes: {
        target: byTarget,
        canary: byCanary,
        digest: byDigest,
        namespace: byNamespace,
        repository: byRepository,
      },
      onListenerError,
    }),
    workloads: new Store<CachedWorkload, 'release'>({ indexes: { release: byRelease }, onListenerError }),
    canaryPods: new Store<CachedPod, 'deployment'>({
      indexes: { deployment: byDeployment },
      onListenerError,
    }),
    policies: new Store<CachedPolicy>({ indexes: {}, onListenerError }),
    revocations: new Store<CachedRevocation>({ indexes: {}, onListenerError }),
    registries: new Store<CachedRegistry>({ indexes: {}, onListenerError }),
    namespaces: new Store<CachedNamespace>({ indexes: {}, onListenerError }),
  };
  const woken: string[] = [];
  notifyOfChanges(stores, (key) => woken.push(key));
  notifyOfPolicies(stores, (key) => woken.push(key));
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
    policy: (object: object) => wokenBy(() => stores.policies.put(projectPolicy(stored(object)))),
    policyGone: (key: string) => wokenBy(() => stores.policies.delete(key)),
    revocation: (object: object) =>
      wokenBy(() => stores.revocations.put(projectRevocation(() => undefined)(stored(object)))),
    registry: (object: object) => wokenBy(() => stores.registries.put(projectRegistry(stored(object)))),
    namespace: (object: object) => wokenBy(() => stores.namespaces.put(projectNamespace(stored(object)))),
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

const policy = {
  metadata: { name: 'signed' },
  spec: { authorities: [{ name: 'ci', key: { data: 'PEM' } }] },
};
const revocation = {
  metadata: { name: 'incident-7' },
  spec: { reason: 'stolen key', digests: [digestOf('b')] },
};
const namespace = (labels: object, name = NAMESPACE) => ({ metadata: { name, labels } });

describe('every release wakes up', () => {
  const fleet = () => {
    const all = caches();
    all.release(checkout);
    all.release(releaseManifest('bar', 'basket'));
    return all;
  };
  const everyRelease = ['shop/checkout', 'bar/basket'];

  it('for a policy that comes, changes, is no longer understood, or goes', () => {
    const { policy: put, policyGone } = fleet();
    expect(put(policy)).toEqual(everyRelease);
    expect(put(withField(policy, 'spec.mode', 'warn'))).toEqual(everyRelease);
    expect(put(withField(policy, 'spec.mode', 'audit'))).toEqual(everyRelease);
    expect(policyGone('signed')).toEqual(everyRelease);
  });

  it('for a revocation that comes, or means something else', () => {
    const { revocation: put } = fleet();
    expect(put(revocation)).toEqual(everyRelease);
    expect(put(withField(revocation, 'spec.dryRun', true))).toEqual(everyRelease);
  });

  it('of a namespace for its labels, and none of another', () => {
    const { namespace: put } = fleet();
    expect(put(namespace({}))).toEqual(['shop/checkout']);
    expect(put(namespace({ tier: 'prod' }))).toEqual(['shop/checkout']);
    expect(put(namespace({ tier: 'prod' }, 'bar'))).toEqual(['bar/basket']);
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

  it('while a revocation that has been heard of makes progress', () => {
    const { release, revocation: put } = caches();
    release(checkout);
    put(revocation);
    const status = {
      observedGeneration: 1,
      digests: [],
      affected: 1,
      remaining: 1,
      releases: [],
      conditions: [],
    };
    expect(put({ ...revocation, status })).toEqual([]);
    expect(put({ ...revocation, status: { ...status, remaining: 0 } })).toEqual([]);
  });

  it('when a policy or a namespace is only annotated', () => {
    const { release, policy: putPolicy, namespace: putNamespace } = caches();
    release(checkout);
    putPolicy(policy);
    putNamespace(namespace({ tier: 'prod' }));
    expect(putPolicy(withField(policy, 'metadata.annotations', { owner: 'security' }))).toEqual([]);
    const annotated = withField(namespace({ tier: 'prod' }), 'metadata.annotations', { owner: 'shop' });
    expect(putNamespace(annotated)).toEqual([]);
  });

  it('when a registry is described: it is looked up when it is asked', () => {
    const { release, registry } = caches();
    release(checkout);
    expect(registry({ metadata: { name: 'main' }, spec: { host: 'registry.example.com' } })).toEqual([]);
  });
});
