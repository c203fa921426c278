import type { PodAddresses } from './environment.ts';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from './pod.ts';

export interface PodFacts {
  readonly pod: Pod;
  readonly addresses: PodAddresses;
  readonly startTime: string;
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
  /** As last reported, for the times of those that have not changed. */
  readonly conditions: readonly PodCondition[];
  readonly now: string;
}

/** What a kubelet would report. */
export function podStatus(facts: PodFacts): PodStatus {
  const { podIP, hostIP } = facts.addresses;
  const phase = phaseOf(facts);
  return {
    phase,
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: facts.startTime,
    conditions: conditions(facts, phase).map((condition) => ({
      ...condition,
      lastTransitionTime: transitionTime(facts, condition),
    })),
    initContainerStatuses: facts.initContainers,
    containerStatuses: facts.containers,
  };
}

function phaseOf({ pod, containers }: PodFacts): PodStatus['phase'] {
  const { restartPolicy } = pod.spec;
  const ended = containers.every(({ state }) => state.terminated !== undefined);
  const failed = containers.some(({ state }) => state.terminated?.exitCode !== 0);
  if (ended && failed && restartPolicy === 'Never') return 'Failed';
  if (ended && !failed && restartPolicy !== 'Always') return 'Succeeded';
  if (ended && pod.metadata.deletionTimestamp !== undefined) return failed ? 'Failed' : 'Succeeded';
  const allCreated = containers.every(({ state, lastState }) => !state.waiting || lastState.terminated);
  return allCreated ? 'Running' : 'Pending';
}

type Condition = Omit<PodCondition, 'lastTransitionTime'>;

function conditions(facts: PodFacts, phase: PodStatus['phase']): readonly Condition[] {
  const waiting = facts.initContainers.filter(({ state }) => state.terminated?.exitCode !== 0);
  const unready = facts.containers.filter(({ ready }) => !ready);
  const ready = (type: string): Condition => {
    if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
    return unless(unready, type, 'ContainersNotReady', 'unready status');
  };
  return [
    { type: 'PodScheduled', status: 'True' },
    unless(waiting, 'Initialized', 'ContainersNotInitialized', 'incomplete status'),
    ready('ContainersReady'),
    ready('Ready'),
  ];
}

function unless(culprits: readonly ContainerStatus[], type: string, reason: string, what: string): Condition {
  if (culprits.length === 0) return { type, status: 'True' };
  const names = culprits.map(({ name }) => name).join(' ');
  return { type, status: 'False', reason, message: `containers with ${what}: [${names}]` };
}

function transitionTime(facts: PodFacts, { type, status }: Condition): string {
  const before = facts.conditions.find((condition) => condition.type === type);
  return before?.status === status ? before.lastTransitionTime : facts.now;
}
