import { Spec } from '../../src/api/artifact-release-spec.ts';
import type { Digest } from '../../src/api/scalars.ts';
import { canaryName } from '../../src/domain/workload.ts';
import { type ClusterHappening, digestNumber, GARBLED, THE_ONE_IN_QUESTION } from './happenings.ts';
import { aRelease, aStatus, REPOSITORY } from './releases.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';

/** What people, Git and other controllers write. */
export function changeCluster(cluster: SimulatedCluster, happening: ClusterHappening): void {
  switch (happening.kind) {
    case 'git':
      nameDigest(cluster, digestNumber(happening.digest));
      break;
    case 'garble':
      nameDigest(cluster, GARBLED);
      break;
    case 'spec':
      editSpec(cluster, happening);
      break;
    case 'suspend':
      cluster.editRelease('checkout', (release) => ({
        ...release,
        spec: { ...release.spec, suspend: happening.on },
      }));
      break;
    case 'drift':
      editDeployment(cluster, 'checkout', ({ containers = [] }) => ({
        containers: containers.map((c) => (c.name === 'app' ? { ...c, image: happening.image } : c)),
      }));
      break;
    case 'template':
      editDeployment(cluster, 'checkout', () => ({ templateHash: `template-${happening.version}` }));
      break;
    case 'scale':
      editDeployment(cluster, 'checkout', () => ({ replicas: happening.replicas }));
      break;
    case 'rollouts':
      editDeployment(cluster, 'checkout', () => ({ paused: happening.paused }));
      break;
    case 'elder':
      elder(cluster, happening.does);
      break;
    case 'squat':
      squat(cluster, happening.on);
      break;
    case 'pods':
      if (happening.broken) cluster.broken.add(digestNumber(happening.digest));
      else cluster.broken.delete(digestNumber(happening.digest));
      cluster.advance(0);
      break;
    case 'delete':
      cluster.deleteRelease('checkout');
      break;
  }
}

/** Everything that was broken in the cluster is repaired. */
export function healCluster(cluster: SimulatedCluster): void {
  cluster.broken.clear();
  squat(cluster, false);
  elder(cluster, 'go');
  if (cluster.deployment('checkout')?.replicas === 0)
    editDeployment(cluster, 'checkout', () => ({ replicas: 4 }));
  if (cluster.deployment('checkout')) editDeployment(cluster, 'checkout', () => ({ paused: false }));
  if (cluster.release('checkout')?.spec.artifact.digest === GARBLED) nameDigest(cluster, digestNumber(0));
  cluster.advance(0);
}

export function digestMeant(cluster: SimulatedCluster, digest: number): Digest {
  if (digest !== THE_ONE_IN_QUESTION) return digestNumber(digest);
  const { status, spec } = cluster.release('checkout') ?? {};
  return status?.candidate?.digest ?? spec?.artifact.digest ?? digestNumber(0);
}

function nameDigest(cluster: SimulatedCluster, digest: string): void {
  cluster.editRelease('checkout', ({ spec, ...release }) => ({
    ...release,
    spec: { ...spec, artifact: { ...spec.artifact, digest } },
  }));
}

function editSpec(
  cluster: SimulatedCluster,
  { steps, targets, protection, objectives }: Extract<ClusterHappening, { kind: 'spec' }>,
): void {
  cluster.editRelease('checkout', ({ spec, ...release }) => {
    const edited = Spec.parse({
      ...spec,
      artifact: { repository: REPOSITORY, digest: digestNumber(0) },
      ...(steps && { canary: { ...spec.canary, steps } }),
      ...(protection && { protection }),
      ...(objectives && { objectives }),
      ...(targets && { targets: targets.map((name) => ({ kind: 'Deployment', name })) }),
    });
    // A mistake in the artifact is no mistake in what is edited here.
    return { ...release, spec: { ...edited, artifact: spec.artifact } };
  });
}

/** An older release comes for a workload of ours, or goes. */
function elder(cluster: SimulatedCluster, does: 'claim' | 'pin' | 'go'): void {
  if (does === 'go') cluster.deleteRelease('elder');
  if (does === 'go' || cluster.release('elder')?.status) return;
  const metadata = { name: 'elder', uid: 'uid-of-elder', creationTimestamp: '2026-05-01T12:00:00Z' };
  const release = aRelease({ metadata: { ...metadata, finalizers: [] } });
  cluster.createRelease({ ...release, ...(does === 'pin' && { status: aStatus() }) });
}

/** Somebody else has a Deployment of the name that the canary is to have. */
function squat(cluster: SimulatedCluster, on: boolean): void {
  const name = canaryName('checkout');
  const { ownerUid } = cluster.deployment(name) ?? {};
  if (ownerUid !== undefined) return;
  const containers = cluster.deployment('checkout')?.containers ?? [];
  if (on) cluster.createDeployment({ name, replicas: 3, containers });
  else cluster.deleteDeployment(name);
}

function editDeployment(
  cluster: SimulatedCluster,
  name: string,
  edit: Parameters<SimulatedCluster['editDeployment']>[1],
): void {
  cluster.editDeployment(name, (before) => ({ ...before, ...edit(before) }));
}
