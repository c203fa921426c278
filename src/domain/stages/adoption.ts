import type { Pin } from '../../api/artifact-release-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { parseImage, shortDigest } from '../digest.ts';
import { remember } from '../history.ts';
import { normal } from '../notice.ts';
import type { ObservedTarget } from '../observation.ts';
import { artifactContainers } from '../pins.ts';
import { known, type Reading, unknown } from '../reading.ts';
import { inPhase, move, type Outcome, type Situation, wait } from '../situation.ts';
import type { Container, Workload } from '../workload.ts';
import { isRolledOut } from '../workload.ts';

/** What the schema lets a target name: more pins than 16 targets of as many would be refused by the API server. */
const MAX_CONTAINERS = 8;

interface Adopted {
  readonly digest: Digest;
  readonly pins: readonly Pin[];
}

/**
 * Takes over running workloads: what they run now is stable. Their images are pinned as they are written, so
 * that adopting restarts no pod, even where a tag is written there.
 */
export function adoption(s: Situation): Outcome {
  const found = adoptAll(s);
  if (!found.known) return wait(inPhase(s.state, 'Pending', s.now), found.reason, found.message);
  const { digest, pins } = found.value;
  const at = s.now.toISOString();
  const version = digest === s.spec.artifact.digest ? s.spec.artifact.version : undefined;
  const named = { digest, ...(version !== undefined && { version }) };
  const state = remember(
    { ...inPhase(s.state, 'Healthy', s.now), stable: named, pins: [...pins] },
    { ...named, attempt: 1, verdict: 'Adopted', reason: 'Adopted', startedAt: at, finishedAt: at },
    s.spec,
  );
  return move(
    state,
    normal('Adopted', `Adopted ${shortDigest(digest)} as stable: it is what ${workloads(s)} runs`),
  );
}

const workloads = (s: Situation): string => s.spec.targets.map((t) => `Deployment ${t.name}`).join(', ');

function adoptAll(s: Situation): Reading<Adopted> {
  const pins: Pin[] = [];
  const running = new Map<Digest, string>();
  for (const target of s.spec.targets) {
    const observed = s.seen.targets.find((t) => t.name === target.name);
    if (!observed?.workload) {
      return unknown('DeploymentNotFound', `Waiting for Deployment ${target.name} to be created`);
    }
    const containers = artifactContainers(s.spec, target, observed.workload);
    const unfit = unfitContainers(s, target, observed.workload, containers);
    if (unfit) return unfit;
    for (const container of containers) {
      const digest = runningDigest(s, observed, observed.workload, container);
      if (!digest.known) return digest;
      running.set(digest.value, `${target.name}/${container.name}`);
      pins.push({ kind: target.kind, name: target.name, container: container.name, image: container.image });
    }
  }
  return single(running, pins);
}

function single(running: ReadonlyMap<Digest, string>, pins: readonly Pin[]): Reading<Adopted> {
  const [first, second] = [...running];
  if (!first) return unknown('StableUnknown', 'No target has a container to adopt');
  if (!second) return known({ digest: first[0], pins });
  return unknown(
    'TargetsDiffer',
    `Targets run different digests: ${first[1]} runs ${shortDigest(first[0])}, ${second[1]} runs ${shortDigest(second[0])}; give them the same image to adopt them together`,
  );
}

function unfitContainers(
  s: Situation,
  target: Situation['spec']['targets'][number],
  workload: Workload,
  containers: readonly Container[],
): Reading<never> | undefined {
  const { repository } = s.spec.artifact;
  const absent = target.containers?.find((name) => !workload.containers.some((c) => c.name === name));
  if (absent !== undefined) {
    return unknown('ContainerNotFound', `Deployment ${target.name} has no container ${absent}`);
  }
  if (containers.length === 0) {
    return unknown(
      'ContainerNotFound',
      `Deployment ${target.name} has no container whose image is of ${repository}`,
    );
  }
  if (containers.length > MAX_CONTAINERS) {
    return unknown(
      'TooManyContainers',
      `Deployment ${target.name} has ${containers.length} containers of ${repository}, and a release pins ${MAX_CONTAINERS} of a workload at most; name those that it should pin in spec.targets[].containers`,
    );
  }
  const foreign = containers.find((c) => parseImage(c.image)?.repository !== repository);
  if (foreign) {
    return unknown(
      'ContainerNotFound',
      `Container ${foreign.name} of Deployment ${target.name} runs ${foreign.image}, which is not of ${repository}`,
    );
  }
  return undefined;
}

/** A digest that is written down is believed; behind a tag only the running pods know what was pulled. */
function runningDigest(
  s: Situation,
  observed: ObservedTarget,
  workload: Workload,
  container: Container,
): Reading<Digest> {
  const written = parseImage(container.image)?.digest;
  if (written) return known(written);
  if (!isRolledOut(workload)) {
    return unknown(
      'StableUnknown',
      `Waiting for the rollout of Deployment ${workload.name}: until it is over, ${container.image} may mean several digests`,
    );
  }
  return (
    observed.running.get(container.name) ??
    unknown(
      'StableUnknown',
      `No running pod of Deployment ${workload.name} tells which digest ${container.image} is; scale it up, or write a digest of ${s.spec.artifact.repository} into it`,
    )
  );
}
