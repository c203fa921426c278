import type { CanaryStep, Spec } from '../../api/artifact-release-spec.ts';
import type { Candidate } from '../../api/artifact-release-status.ts';
import { after } from '../time.ts';

/** The steps of this trial: those that were computed for it, which no change of the spec changes, else those of the spec. */
export const stepsOf = (
  { canary }: Pick<Spec, 'canary'>,
  candidate: Pick<Candidate, 'plan'> | undefined,
): readonly CanaryStep[] => candidate?.plan?.steps ?? canary.steps;

/** Long enough for two evaluations at the usual interval, of which the first may find nothing. */
const MIN_DURATION = '1m';

/**
 * From when on a step that is proven ends, although its duration is not over; absent where it does not. A step that
 * asks for a person is one that is to be looked at.
 */
export const earliestEnd = (
  { advance }: Pick<Spec['canary'], 'advance'>,
  step: CanaryStep | undefined,
  stepStartedAt: string,
): Date | undefined =>
  advance === 'WhenProven' && step && !step.approval
    ? after(stepStartedAt, step.minDuration ?? MIN_DURATION)
    : undefined;

/** Times at which a step may end. */
export interface StepEnds {
  /** From then on once every objective passes. */
  readonly passed: string;
  /** From then on once every objective is proven as well; absent where that does not end it. */
  readonly proven?: string;
}

/** Undefined while the clock of the step stands still. */
export function stepEnds(spec: Pick<Spec, 'canary'>, candidate: Candidate): StepEnds | undefined {
  const { step: index, stepStartedAt } = candidate;
  if (stepStartedAt === undefined) return undefined;
  const step = stepsOf(spec, candidate)[index];
  const proven = earliestEnd(spec.canary, step, stepStartedAt)?.toISOString();
  return {
    passed: after(stepStartedAt, step?.duration ?? '0s').toISOString(),
    ...(proven !== undefined && { proven }),
  };
}
