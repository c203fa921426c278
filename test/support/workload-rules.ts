import { canaryName } from '../../src/domain/workload.ts';
import { insist } from './broken-rule.ts';
import { decisionOf } from './pass-decision.ts';
import { REPOSITORY } from './releases.ts';
import type { Pass } from './surroundings.ts';
import type { Watcher } from './watcher.ts';

/** The spec may have lost a target whose canary still stands. */
const ours = (pass: Pass, name: string): boolean =>
  [...pass.release.spec.targets.map((target) => target.name), 'worker'].some(
    (target) => canaryName(target) === name,
  );

/** The images of pinned containers, and canaries of our own; nothing else is written. */
export const onlyOwnObjects = (): Watcher => ({
  wrote(pass, effect, world) {
    if (effect.kind === 'PinWorkload') {
      insist(
        pass.release.spec.targets.some(({ name }) => name === effect.name),
        'pins what is no target',
        effect.name,
      );
      for (const { container, image } of effect.images) {
        insist(container === 'app', 'writes a container that is not pinned', container);
        insist(image.startsWith(`${REPOSITORY}`), 'writes an image of another repository', image);
      }
    } else if ('name' in effect) {
      insist(ours(pass, effect.name), `${effect.kind} on something else`, effect.name);
      const there = world.cluster.deployment(effect.name);
      insist(!there || there.ownerUid === pass.release.metadata.uid, 'takes over a foreign Deployment');
    }
    for (const { name, ownerUid, containers } of world.cluster.deployments()) {
      const proxy = containers.find((container) => container.name === 'proxy');
      insist(proxy?.image === 'registry.example.com/mesh/proxy:1', `touches the proxy of ${name}`);
      insist(ownerUid === undefined || ours(pass, name), 'leaves a canary that nobody asked for', name);
    }
  },
});

/** When the finalizer goes, so has everything of ours, and every workload runs stable. */
export const nothingIsLeft = (): Watcher => ({
  wrote({ release }, effect, { cluster }) {
    if (effect.kind !== 'RemoveFinalizer') return;
    const { status } = release;
    for (const { name, ownerUid, containers } of cluster.deployments()) {
      insist(ownerUid === undefined, 'leaves a canary', name);
      // What an older release has taken over is its business.
      if (!cluster.release('checkout')?.status?.pins?.some((pin) => pin.name === name)) continue;
      const image = containers.find((container) => container.name === 'app')?.image ?? '';
      const stable = [`${REPOSITORY}:v1`, `${REPOSITORY}@${status?.stable?.digest}`];
      insist(status?.stable === undefined || stable.includes(image), 'leaves a workload at another digest', {
        image,
        stable,
      });
    }
  },
});

/** Drift is what somebody else did to a workload that had its pins: a first pin, of a target that joins, is none. */
export const driftIsOfOthers = (): Watcher => ({
  wrote(_, effect, { cluster }) {
    if (effect.kind !== 'PinWorkload' || !effect.drift) return;
    const versions = cluster.history.workload.filter(({ key }) => key === effect.name);
    const before = versions
      .slice(0, -1)
      .flatMap(({ object }) =>
        object && 'containers' in object ? object.containers.map(({ image }) => image) : [],
      );
    for (const { image } of effect.images) insist(before.includes(image), 'calls a first pin drift', image);
  },
});

/** Of a workload that an older release names, nothing is begun, and what an older one has pinned is not pinned. */
export const standsBack = (): Watcher => ({
  observed(pass) {
    const elders = pass.seen.claims.filter((claim) => claim.precedes);
    if (elders.length === 0) return;
    const { status, effects } = decisionOf(pass);
    for (const { target, pins } of elders) {
      const fights = pins && status.pins?.some((pin) => pin.name === target);
      insist(!fights, 'fights over a pin', status.pins);
    }
    if (status.suspended !== undefined) return;
    insist(!status.candidate || status.failure !== undefined, 'a trial goes on', status.phase);
    const begun = effects.find(({ kind }) => kind === 'ApplyCanary' || kind === 'ScaleCanary');
    insist(begun === undefined, 'a canary is begun', begun);
  },
});

const TOUCHING = ['PinWorkload', 'ApplyCanary', 'ScaleCanary', 'DeleteCanary'];

/** Suspended, no workload is written, and no clock of a step runs on. */
export const frozenWhileSuspended = (): Watcher => ({
  wrote(pass, { kind }) {
    const { suspended } = decisionOf(pass).status;
    const deleting = pass.release.metadata.deletionTimestamp !== undefined;
    insist(suspended === undefined || deleting || !TOUCHING.includes(kind), `${kind} while it is suspended`);
  },
  stored(_, before, status) {
    if (before?.suspended === undefined || status.suspended !== undefined || !status.candidate) return;
    const clock = before.candidate?.stepStartedAt;
    insist(
      clock === undefined || status.candidate.stepStartedAt !== clock,
      'a step went on while nobody watched',
    );
  },
});
