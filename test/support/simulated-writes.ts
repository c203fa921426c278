import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { ANNOTATIONS, FINALIZER } from '../../src/api/artifact-release.ts';
import { ConflictError } from '../../src/controller/errors.ts';
import type { Effect } from '../../src/domain/effect.ts';
import { EffectError } from '../../src/reconcile/effect-error.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';

/** What the adapter does, without HTTP. */
export function carryOut(cluster: SimulatedCluster, release: ArtifactRelease, effect: Effect): void {
  const { name, annotations } = release.metadata;
  switch (effect.kind) {
    case 'AddFinalizer':
      editMetadata(cluster, name, ({ finalizers }) => ({
        finalizers: [...new Set([...finalizers, FINALIZER])],
      }));
      break;
    case 'RemoveFinalizer':
      removeFinalizer(cluster, name);
      break;
    case 'RemoveAnnotations': {
      const now = cluster.release(name)?.metadata.annotations ?? {};
      const changed = effect.names.find((key) => now[key] !== annotations[key]);
      if (changed !== undefined) throw new ConflictError(`${changed} has changed`);
      const kept = Object.entries(now).filter(([key]) => !effect.names.includes(key));
      editMetadata(cluster, name, () => ({ annotations: Object.fromEntries(kept) }));
      break;
    }
    case 'PinWorkload': {
      const before = cluster.deployment(effect.name);
      if (String(before?.resourceVersion) !== effect.resourceVersion) throw new ConflictError(effect.name);
      cluster.editDeployment(effect.name, ({ containers = [] }) => ({
        ...before,
        containers: containers.map((container) => ({
          ...container,
          image: effect.images.find((i) => i.container === container.name)?.image ?? container.image,
        })),
      }));
      break;
    }
    case 'ApplyCanary': {
      const stable = cluster.deployment(effect.target);
      if (!stable) throw new EffectError('WriteFailed', `Deployment ${effect.target} is not found`);
      const there = cluster.deployment(effect.name);
      const isOurs = there?.ownerUid === release.metadata.uid;
      if (effect.uid === undefined ? there && !isOurs : there?.uid !== effect.uid)
        throw new ConflictError(effect.name);
      cluster.editDeployment(effect.name, (before) => ({
        ...before,
        replicas: effect.replicas,
        templateHash: stable.templateHash,
        ownerUid: release.metadata.uid,
        release: name,
        madeFrom: effect.revision,
        containers: stable.containers.map((container) => ({
          ...container,
          image: effect.images.find((i) => i.container === container.name)?.image ?? container.image,
        })),
      }));
      break;
    }
    case 'ScaleCanary':
      if (cluster.deployment(effect.name)?.uid !== effect.uid)
        throw new EffectError('WriteFailed', `${effect.name} is not found`);
      cluster.editDeployment(effect.name, (before) => ({ ...before, replicas: effect.replicas }));
      break;
    case 'DeleteCanary': {
      const there = cluster.deployment(effect.name);
      if (there && there.uid !== effect.uid) throw new ConflictError(effect.name);
      cluster.deleteDeployment(effect.name);
      break;
    }
  }
}

export const removeFinalizer = (cluster: SimulatedCluster, name: string): void =>
  editMetadata(cluster, name, ({ finalizers }) => ({
    finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER),
  }));

function editMetadata(
  cluster: SimulatedCluster,
  name: string,
  edit: (metadata: ArtifactRelease['metadata']) => Partial<ArtifactRelease['metadata']>,
): void {
  cluster.editRelease(name, (release) => ({
    ...release,
    metadata: { ...release.metadata, ...edit(release.metadata) },
  }));
}

/** A person leaves an order; admission stamps who. */
export const order = (cluster: SimulatedCluster, release: string, annotation: string, value: string): void =>
  editMetadata(cluster, release, ({ annotations }) => ({
    annotations: { ...annotations, [annotation]: value, [ANNOTATIONS.requestedBy]: 'alice' },
  }));
