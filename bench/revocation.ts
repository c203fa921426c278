// How long a fleet runs a digest after it was revoked.

import { resourcePath } from '../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../src/adapters/kubernetes/resources.ts';
import { GROUP, VERSION } from '../src/api/artifact-release.ts';
import type { Cluster } from '../test/cluster/cluster.ts';
import { Collection } from '../test/cluster/collection.ts';
import type { OnProgress } from '../test/cluster/progress.ts';
import { admitRegistry, demand, Signer } from '../test/cluster/signer.ts';
import { type Fleet, type FleetArtifact, type FleetOptions, NAMESPACE } from './fleet.ts';

const TIMEOUT_MS = 120_000;
const REVOCATIONS = { group: GROUP, version: VERSION, resource: 'artifactrevocations' };
const PODS = { group: '', version: 'v1', resource: 'pods' };

interface Runner {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly spec: {
    readonly containers?: readonly { readonly image: string }[];
    readonly template?: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

/** Releases of a digest that is signed, under a policy that asks for it. */
export const revocationFleet = (releases: number, progress: OnProgress): FleetOptions => ({
  releases,
  // One short step, without objectives: how it got there is not what is measured.
  steps: [{ weight: 50, duration: '1s' }],
  interval: '5s',
  spec: { objectives: undefined },
  audit: false,
  prepare: (cluster) => signedArtifact(cluster, progress),
});

/** From the revocation until every workload is at the good digest and no pod of the revoked one is left. */
export async function secondsToRevoke(fleet: Fleet, progress: OnProgress): Promise<number> {
  progress('promoting the digest that will be revoked');
  const { after } = fleet.artifact;
  const promoted = fleet.whenAll(
    'promoted',
    ({ phase, stable }) => phase === 'Healthy' && stable?.digest === after,
  );
  await fleet.release();
  await promoted;
  progress('revoking it');
  const startedAt = Date.now();
  await fleet.cluster.client.api.create(resourcePath(REVOCATIONS), {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'ArtifactRevocation',
    metadata: { name: 'bench' },
    spec: { reason: 'to see how long it takes', digests: [after] },
  });
  await nothingRuns(fleet, after);
  return (Date.now() - startedAt) / 1000;
}

/** Two digests in the registry of the cluster, both signed, and a policy that asks for that. */
async function signedArtifact(cluster: Cluster, progress: OnProgress): Promise<FleetArtifact> {
  const { client } = cluster;
  await using signer = await Signer.open(client, ['p-256'], progress);
  const push = (version: string) => client.pushWorkload('fleet/app', { mode: 'good', version });
  const [before, after] = [await push('1.0'), await push('2.0')];
  await signer.sign(before);
  await signer.sign(after);
  await admitRegistry(client);
  await demand(client, NAMESPACE, {
    authorities: [{ name: 'pipeline', key: { data: await signer.publicKey() } }],
  });
  return { repository: before.repository, before: before.digest, after: after.digest };
}

async function nothingRuns({ cluster }: Fleet, digest: string): Promise<void> {
  const gone = (resource: typeof PODS) => untilNone(cluster, resource, digest);
  await Promise.all([gone(DEPLOYMENTS), gone(PODS)]);
}

async function untilNone({ client }: Cluster, resource: typeof PODS, digest: string): Promise<void> {
  const runners = new Collection<Runner>(client.api, resourcePath(resource, { namespace: NAMESPACE }));
  const done = new AbortController();
  const timer = setTimeout(
    () => done.abort(new Error(`${resource.resource} of the revoked digest after ${TIMEOUT_MS / 1000} s`)),
    TIMEOUT_MS,
  );
  await runners.follow(done.signal, () => {
    const left = [...runners.objects.values()].some(({ spec }) =>
      (spec.template?.spec ?? spec).containers?.some(({ image }) => image.endsWith(digest)),
    );
    if (!left) done.abort();
  });
  clearTimeout(timer);
  if (done.signal.reason instanceof Error && done.signal.reason.name === 'Error') throw done.signal.reason;
}
