import { FINALIZER } from '../api/artifact-release.ts';
import { isAt, pinnedImage } from './digest.ts';
import type { Effect } from './effect.ts';
import { pinsInForce } from './fallback.ts';
import type { ObservedTarget } from './observation.ts';
import { pendingOrders } from './orders.ts';
import { artifactContainers, unpinned } from './pins.ts';
import { isSatisfied, proofOf } from './proof.ts';
import { awaitsOrphaning } from './protection-answer.ts';
import type { Situation } from './situation.ts';
import { unsettled } from './stages/rollback.ts';
import { canaryName, canaryRevision, type Workload } from './workload.ts';

/**
 * The difference between the world and what spec and state want of it. It knows nothing of how the state came
 * about, so a pass after a crash finds whatever the one before it left undone.
 */
export function converge(s: Situation): Effect[] {
  const deleting = s.meta.deletionTimestamp !== undefined;
  const ours = s.meta.finalizers.includes(FINALIZER);
  const finalizer: Effect[] = deleting || ours ? [] : [{ kind: 'AddFinalizer' }];
  const housekeeping = [...finalizer, ...actedAnnotations(s)];
  if (s.state.suspended !== undefined && !deleting) return housekeeping;
  const workloads = [...s.seen.targets.flatMap((target) => pin(s, target)), ...canaries(s)];
  const settled = deleting && ours && unsettled(s) === undefined && !awaitsOrphaning(s);
  return [...housekeeping, ...workloads, ...(settled ? [{ kind: 'RemoveFinalizer' } as const] : [])];
}

function actedAnnotations(s: Situation): Effect[] {
  const names = pendingOrders(s.meta)
    .filter(({ mark }) => s.state.acted?.includes(mark))
    .map(({ annotation }) => annotation);
  return names.length > 0 ? [{ kind: 'RemoveAnnotations', names }] : [];
}

function pin(s: Situation, { workload }: ObservedTarget): Effect[] {
  if (!workload) return [];
  const loose = unpinned(workload, pinsInForce(s));
  if (loose.length === 0) return [];
  const images = loose.map(({ pin, container }) => ({
    container: container.name,
    init: container.init,
    image: pin.image,
  }));
  const { name, resourceVersion } = workload;
  return [{ kind: 'PinWorkload', name, resourceVersion, images, drift: !pinsAnew(s) }];
}

/** It is ourselves who want another image than before: on the way to a digest, or for a target that joins. */
const pinsAnew = ({ state, meta }: Situation): boolean =>
  state.phase === 'Promoting' ||
  state.phase === 'Pending' ||
  state.failure !== undefined ||
  meta.deletionTimestamp !== undefined;

function canaries(s: Situation): Effect[] {
  const wanted = wantsCanary(s);
  const ours = (canary: Workload | undefined): canary is Workload => canary?.ownerUid === s.meta.uid;
  const strays = s.seen.strays.filter(ours).map(remove);
  const targets = s.seen.targets.flatMap((target) => {
    if (wanted && target.workload) return keepCanary(s, target, target.workload);
    return ours(target.canary) ? [remove(target.canary)] : [];
  });
  return [...targets, ...strays];
}

const remove = ({ name, uid }: Workload): Effect => ({ kind: 'DeleteCanary', name, uid });

/** A canary stands from the first step until every workload has been promoted. */
function wantsCanary({ state, meta }: Situation): boolean {
  const { candidate, failure, phase } = state;
  if (!candidate || failure || meta.deletionTimestamp !== undefined) return false;
  return candidate.weight < 100 && !['Verifying', 'Blocked', 'Pending'].includes(phase);
}

function keepCanary(s: Situation, { name, canary }: ObservedTarget, workload: Workload): Effect[] {
  const { candidate } = s.state;
  const target = s.spec.targets.find((t) => t.name === name);
  if (!candidate || !target || (canary && canary.ownerUid !== s.meta.uid)) return [];
  // What stands may stand while its proof is looked for, but no pod is started without it. Protection is asked for at
  // the door alone: where it is lost, a pod that is not started would not bring it back.
  if (!isSatisfied(proofOf(s, candidate.digest))) return [];
  const replicas = candidate.replicas.find((r) => r.name === name)?.count ?? 0;
  const pinned = artifactContainers(s.spec, target, workload).map((container) => container.name);
  const revision = canaryRevision(workload, new Set(pinned), s.spec.canary.patches ?? []);
  const upToDate =
    canary?.madeFrom === revision &&
    pinned.every((container) =>
      canary.containers.some((c) => c.name === container && isAt(c.image, candidate.digest)),
    );
  if (!canary || !upToDate) {
    const image = pinnedImage(s.spec.artifact.repository, candidate.digest);
    const images = pinned.map((container) => ({ kind: target.kind, name, container, image }));
    return [
      {
        kind: 'ApplyCanary',
        target: name,
        name: canaryName(name),
        ...(canary && { uid: canary.uid }),
        replicas,
        digest: candidate.digest,
        images,
        revision,
      },
    ];
  }
  return canary.replicas === replicas
    ? []
    : [{ kind: 'ScaleCanary', name: canary.name, uid: canary.uid, replicas }];
}
