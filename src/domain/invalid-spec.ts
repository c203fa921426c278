import { Status } from '../api/artifact-release-status.ts';

/**
 * The status of a release that does not parse. What was stored before is kept where it is understood, above all
 * the pins: a mistake in the spec must not let go of the workload.
 */
export function invalidSpecStatus(generation: number, problem: string, stored: unknown, now: Date): Status {
  const before = Status.safeParse(stored).data;
  const message = `The release is not understood, so it is left as it is: ${problem}`.slice(0, 1024);
  const at = now.toISOString();
  const condition = (type: 'Ready' | 'Stalled', status: 'True' | 'False') => {
    const old = before?.conditions.find((c) => c.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : at;
    return {
      type,
      status,
      reason: 'InvalidSpec' as const,
      message,
      observedGeneration: generation,
      lastTransitionTime,
    };
  };
  const conditions = [condition('Ready', 'False'), condition('Stalled', 'True')];
  const others = before?.conditions.filter((c) => c.type !== 'Ready' && c.type !== 'Stalled') ?? [];
  return {
    phase: 'Pending',
    phaseStartedAt: at,
    summary: {},
    ...before,
    observedGeneration: generation,
    message,
    conditions: [...conditions, ...others],
  };
}
