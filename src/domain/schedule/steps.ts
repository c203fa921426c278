import type { Spec } from '../../api/artifact-release-spec.ts';
import type { Candidate } from '../../api/artifact-release-status.ts';
import { after } from '../time.ts';

export type CanaryStep = Spec['canary']['steps'][number];

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
