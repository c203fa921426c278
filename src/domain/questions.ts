import { type ArtifactRelease, commandAnnotation } from '../api/artifact-release.ts';
import { Digest } from '../api/scalars.ts';
import { restoredDigests } from './protection/kept-digests.ts';
import { stepsOf } from './schedule/steps.ts';
import { after, slotAt } from './time.ts';

/** What has to be known before a release can be decided; asking for less is what makes an idle release free. */
export interface Questions {
  /** Digests whose verification and protection matter now. */
  readonly digests: readonly Digest[];
  /** Adoption needs to know what runs behind a tag. */
  readonly runningDigests: boolean;
  readonly counts?: CountsQuestion;
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
  return {
    digests: [...new Set(digests.filter((digest) => digest !== undefined))],
    runningDigests: status?.stable === undefined,
    ...(counts && { counts }),
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
  const duration = bakes ? spec.bake.duration : (stepsOf(spec, candidate)[candidate.step]?.duration ?? '0s');
  const ended = now >= after(candidate.stepStartedAt, duration);
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
