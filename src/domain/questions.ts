import { type ArtifactRelease, commandAnnotation } from '../api/artifact-release.ts';
import { Digest } from '../api/scalars.ts';
import { quickLook, regularLook, type Watch, watchOf } from './looks.ts';
import type { ServiceScope } from './observation.ts';
import { restoredDigests } from './protection/kept-digests.ts';
import { heedsService, serviceInterval } from './service-policy.ts';
import { lastSlot } from './time.ts';

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
  /** Number of the evaluation since then; the same numbers are the same question. */
  readonly slot: number;
  /** Number of the quick look since that evaluation; absent at the evaluation itself. */
  readonly quick?: number;
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
  const watch = !status || status.failure || status.suspended ? undefined : watchOf(spec, status);
  const counts = watch && countsQuestion(watch, now);
  const service = counts && serviceQuestion(watch, now);
  return {
    digests: [...new Set(digests.filter((digest) => digest !== undefined))],
    runningDigests: status?.stable === undefined,
    ...(counts && { counts }),
    ...(service && { service }),
  };
}

function countsQuestion(watch: Watch, now: Date): CountsQuestion | undefined {
  const { candidate, from } = watch;
  const regular = regularLook(watch, now);
  if (regular.slot === 0) return undefined;
  const quick = quickLook(watch, regular, now);
  return {
    digest: candidate.digest,
    from,
    slot: regular.slot,
    ...(quick > 0 && { quick }),
    stage: candidate.weight === 100 ? 'bake' : 'step',
  };
}

/**
 * Asked at evaluations, but not at each of them; in the first minute of a trial there is nothing to ask. The instant
 * follows from that of the evaluation, so that a pass in between, as after a restart, asks nothing new.
 */
function serviceQuestion(watch: Watch, now: Date): ServiceQuestion | undefined {
  const { spec, candidate } = watch;
  if (!heedsService(spec)) return undefined;
  const { digest, startedAt: trial } = candidate;
  const at = serviceSlot(spec, trial, regularLook(watch, now).at);
  return at.getTime() > Date.parse(trial) ? { scope: 'Trial', trial, digest, at } : undefined;
}

/** The last instant to ask about the service, counted from the start of the trial. */
export const serviceSlot = (spec: ArtifactRelease['spec'], trial: string, now: Date): Date =>
  lastSlot(trial, serviceInterval(spec), now);
