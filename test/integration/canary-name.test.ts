import { beforeAll, describe, expect, test } from 'vitest';
import { ReleaseWriter } from '../../src/adapters/kubernetes/release-writer.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS, RELEASES } from '../../src/adapters/kubernetes/resources.ts';
import { ConflictError } from '../../src/controller/errors.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { ClusterClient } from '../cluster/cluster-client.ts';
import { installOperator } from '../cluster/operator.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';
import { deploymentManifest } from '../support/deployment-manifest.ts';
import { releaseManifest } from '../support/release-manifest.ts';
import { aPin, aRelease, CANDIDATE, REPOSITORY, STABLE } from '../support/releases.ts';

const signal = new AbortController().signal;
const CANARY = 'checkout-canary';

interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec: { readonly replicas: number };
}

const image = (digest: string) => [{ name: 'app', image: `${REPOSITORY}@${digest}` }];

const applyCanary = (uid?: string): Effect => ({
  kind: 'ApplyCanary',
  target: 'checkout',
  name: CANARY,
  ...(uid !== undefined && { uid }),
  replicas: 1,
  digest: CANDIDATE,
  images: [aPin(CANDIDATE)],
  revision: 'revision-1',
});

/** Nothing here runs, yet the release is stored: the garbage collector takes what belongs to no object. */
async function site(cluster: ClusterClient) {
  const namespace = await testNamespace(cluster);
  const writer = new ReleaseWriter(cluster.api);
  const stored = await cluster.api.create<Stored>(
    resourcePath(RELEASES, { namespace }),
    releaseManifest(namespace),
  );
  const release = aRelease({ metadata: { namespace, uid: stored.metadata.uid } });
  await cluster.api.create(
    resourcePath(DEPLOYMENTS, { namespace }),
    deploymentManifest(namespace, 'checkout', image(STABLE)),
  );
  const execute = (effect: Effect) => writer.execute(release, effect, signal);
  const canary = () => cluster.api.get<Stored>(resourcePath(DEPLOYMENTS, { namespace, name: CANARY }));
  /** What somebody else puts on that name while our cache has not heard of it. */
  const squat = async () => {
    const manifest = deploymentManifest(namespace, CANARY, image(CANDIDATE));
    await cluster.api.create(resourcePath(DEPLOYMENTS, { namespace }), manifest);
    return canary();
  };
  return { namespace, release, execute, canary, squat };
}

describe('the name of a canary', () => {
  let cluster: ClusterClient;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await installOperator(cluster);
  });

  test('that somebody else has taken a moment ago is a conflict, and the foreign object stays as it is', async () => {
    const { execute, canary, squat } = await site(cluster);
    const before = await squat();
    await expect(execute(applyCanary())).rejects.toThrow(ConflictError);
    const after = await canary();
    expect(after.metadata.ownerReferences).toBeUndefined();
    expect(after.spec).toEqual(before.spec);
  });

  test('that passed from our canary to somebody else is never written again', async () => {
    const { execute, canary, squat } = await site(cluster);
    await execute(applyCanary());
    const ours = (await canary()).metadata.uid;
    await execute({ kind: 'DeleteCanary', name: CANARY, uid: ours });
    await expect(execute(applyCanary(ours))).rejects.toThrow(ConflictError);
    const before = await squat();
    await expect(execute(applyCanary(ours))).rejects.toThrow();
    await expect(execute({ kind: 'ScaleCanary', name: CANARY, uid: ours, replicas: 5 })).rejects.toThrow();
    expect((await canary()).spec).toEqual(before.spec);
  });

  test('that is ours is made once more after a crash, changed by force and scaled', async () => {
    const { namespace, release, execute, canary } = await site(cluster);
    await execute(applyCanary());
    await execute(applyCanary());
    const { uid, ownerReferences } = (await canary()).metadata;
    expect(ownerReferences?.map((owner) => owner.uid)).toEqual([release.metadata.uid]);
    await execute({ kind: 'ScaleCanary', name: CANARY, uid, replicas: 3 });
    expect((await canary()).spec.replicas).toBe(3);
    await cluster.kubectl(['set', 'image', `deployment/${CANARY}`, '-n', namespace, 'app=other:v1']);
    await execute(applyCanary(uid));
    const { spec } = await canary();
    expect(spec).toMatchObject({
      replicas: 1,
      template: { spec: { containers: [{ image: `${REPOSITORY}@${CANDIDATE}` }] } },
    });
  });
});
