import { type Condition, Status } from '../api/artifact-release-status.ts';
import { CONDITION_TYPES, type ConditionType } from '../api/conditions.ts';

/**
 * The status of a release that does not parse. What was stored before is kept where it is understood, above all
 * the pins: a mistake in the spec must not let go of the workload.
 */
export function invalidSpecStatus(generation: number, problem: string, stored: unknown, now: Date): Status {
  const before = understood(stored, now);
  const message =
    `The release is not understood, so it is left as it is; correct these fields: ${problem}`.slice(0, 1024);
  const conditions = CONDITION_TYPES.map((type): Condition => {
    const old = before.conditions.find((condition) => condition.type === type);
    if (STATES[type] === undefined && old) return old;
    const status = STATES[type] ?? 'Unknown';
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now.toISOString();
    return {
      type,
      status,
      reason: 'InvalidSpec',
      message: type === 'Ready' || type === 'Stalled' ? message : '',
      observedGeneration: generation,
      lastTransitionTime,
    };
  });
  return { ...before, observedGeneration: generation, message, conditions };
}

/** What is true of every such release; the other conditions stay as they were found. */
const STATES: Partial<Record<ConditionType, Condition['status']>> = {
  Ready: 'False',
  Reconciling: 'False',
  Stalled: 'True',
};

/** Another version of the operator may have written what this one does not know: that costs one field, not all. */
function understood(stored: unknown, now: Date): Status {
  const whole = Status.safeParse(stored);
  if (whole.success) return whole.data;
  const blank: Status = {
    observedGeneration: 0,
    phase: 'Pending',
    phaseStartedAt: now.toISOString(),
    message: '',
    summary: {},
    conditions: [],
  };
  const lost = new Set(whole.error.issues.map(({ path }) => path[0]));
  const rest = Object.entries(Object(stored)).filter(([field]) => !lost.has(field));
  return Status.safeParse({ ...blank, ...Object.fromEntries(rest) }).data ?? blank;
}
