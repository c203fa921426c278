import { type ArtifactRelease, commandAnnotation } from '../api/artifact-release.ts';
import type { Candidate } from '../api/candidate-status.ts';
import { Digest } from '../api/scalars.ts';
import type { ServiceScope } from './observation.ts';
import { restoredDigests } from './protection/kept-digests.ts';
import { stepsOf } from './schedule/steps.ts';
import { heedsService, serviceInterval } from './service-policy.ts';
import { after, lastSlot, milliseconds, slotAt } from './time.ts';

/** What has to be known before a release can be decided; asking for less is what makes an idle release free. */
export interface Questions {
  /** Digests whose verification and protection matter now. */
  readonly digests: readonly Digest[];
  /** Adoption needs to know what runs behind a tag. */
  readonly runningDigests: boolean;
  readonly counts?: CountsQuestion;
  readonly service?: ServiceQuestion;
}

export interface CountsQuestion {
  readonly digest: Digest;
  /** Counts start here. */
  readonly from: string;
  /** Number of the evaluation since then; the same number is the same question. */
  readonly slot: number;
  readonly stage: 'step' | 'bake';
}

const ROLLBACK_TO = commandAnnotation('rollback-to');

/** How the service as a whole keeps its objectives; the same question has the same answer. */
export interface ServiceQuestion {
  readonly scope: ServiceScope;
  /** `startedAt` of the trial. */
  readonly trial: string;
  readonly digest: Digest;
  /** The windows end here. */
  readonly at: Date;
}

/** What the service has spent of its error budgets; the same question has the same answer. */
export interface BudgetQuestion extends Pick<ServiceQuestion, 'digest' | 'at'> {
  /** Of the release: another spec may ask something else. */
  readonly generation: number;
}

export function questions({ metadata, spec, status }: ArtifactRelease, now: Date): Questions {
  const rollbackTo = metadata.annotations[ROLLBACK_TO]?.trim();
  const digests = [
    spec.artifact.digest,
    status?.candidate?.digest,
    status?.stable?.digest,
    // What is not there is not parsed: the error of it would be the dearest part of an idle pass.
    rollbackTo === undefined ? undefined : Digest.safeParse(rollbackTo).data,
    // So that the way back to them is open as soon as they are there.
    ...restoredDigests(status, now).map(({ digest }) => digest),
  ];
  const counts = countsQuestion(spec, status, now);
  const service = counts && serviceQuestion(spec, status?.candidate, counts);
  return {
    digests: [...new Set(digests.filter((digest) => digest !== undefined))],
    runningDigests: status?.stable === undefined,
    ...(counts && { counts }),
    ...(service && { service }),
  };
}

function countsQuestion(
  spec: ArtifactRelease['spec'],
  status: ArtifactRelease['status'],
  now: Date,
): CountsQuestion | undefined {
  const candidate = status?.candidate;
  if (!candidate?.stepStartedAt || status?.failure || status?.suspended || !spec.objectives?.length)
    return undefined;
  const bakes = candidate.weight === 100;
  const ended = now >= endOf(spec, candidate, candidate.stepStartedAt);
  const slot = slotAt(candidate.stepStartedAt, spec.analysis.interval, now);
  if (slot === 0 && !ended) return undefined;
  // The end of a step is one evaluation of its own, where it does not fall on a multiple of the interval.
  return {
    digest: candidate.digest,
    from: candidate.stepStartedAt,
    slot: ended ? slot + 0.5 : slot,
    stage: bakes ? 'bake' : 'step',
  };
}

/** When the step or bake may end at the earliest, without proof. */
function endOf(spec: ArtifactRelease['spec'], candidate: Candidate, from: string): Date {
  const { step, weight } = candidate;
  return after(
    from,
    weight === 100 ? spec.bake.duration : (stepsOf(spec, candidate)[step]?.duration ?? '0s'),
  );
}

/**
 * Asked at evaluations, but not at each of them; in the first minute of a trial there is nothing to ask. The instant
 * follows from that of the evaluation, so that a pass in between, as after a restart, asks nothing new.
 */
function serviceQuestion(
  spec: ArtifactRelease['spec'],
  candidate: Candidate | undefined,
  { digest, from, slot }: CountsQuestion,
): ServiceQuestion | undefined {
  if (!candidate || !heedsService(spec)) return undefined;
  const { startedAt: trial } = candidate;
  const multiple = Date.parse(from) + Math.floor(slot) * milliseconds(spec.analysis.interval);
  const evaluated = Number.isInteger(slot)
    ? multiple
    : Math.max(multiple, endOf(spec, candidate, from).getTime());
  const at = serviceSlot(spec, trial, new Date(evaluated));
  return at.getTime() > Date.parse(trial) ? { scope: 'Trial', trial, digest, at } : undefined;
}

/** The last instant to ask about the service, counted from the start of the trial. */
export const serviceSlot = (spec: ArtifactRelease['spec'], trial: string, now: Date): Date =>
  lastSlot(trial, serviceInterval(spec), now);
