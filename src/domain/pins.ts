import type { Spec, Target } from '../api/artifact-release-spec.ts';
import type { Pin } from '../api/artifact-release-status.ts';
import type { Digest } from '../api/scalars.ts';
import { parseImage, pinnedImage } from './digest.ts';
import type { ObservedTarget } from './observation.ts';
import type { Container, Workload } from './workload.ts';

/** The containers of a workload that run the artifact: the named ones, or every one of that repository. */
export function artifactContainers(spec: Spec, target: Target, workload: Workload): readonly Container[] {
  return workload.containers.filter((container) =>
    target.containers
      ? target.containers.includes(container.name)
      : parseImage(container.image)?.repository === spec.artifact.repository,
  );
}

/** What every container of every target must run at this digest. Targets that are missing keep their pins. */
export function pinsFor(
  spec: Spec,
  targets: readonly ObservedTarget[],
  digest: Digest,
  before: readonly Pin[],
): Pin[] {
  const image = pinnedImage(spec.artifact.repository, digest);
  return spec.targets.flatMap((target) => {
    const workload = targets.find((t) => t.name === target.name)?.workload;
    const containers = workload
      ? artifactContainers(spec, target, workload).map((container) => container.name)
      : before.filter((pin) => pin.name === target.name).map((pin) => pin.container);
    return containers.map((container) => ({ kind: target.kind, name: target.name, container, image }));
  });
}

/** Pins that a workload does not have, with the container that is off; missing containers cannot be pinned. */
export function unpinned(workload: Workload, pins: readonly Pin[]): { pin: Pin; container: Container }[] {
  return pins.flatMap((pin) => {
    if (pin.name !== workload.name) return [];
    const container = workload.containers.find((c) => c.name === pin.container);
    return container && container.image !== pin.image ? [{ pin, container }] : [];
  });
}
