import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Objective } from '../api/artifact-release-spec.ts';
import type { Candidate } from '../api/artifact-release-status.ts';
import type { Baseline } from '../api/candidate-status.ts';
import type { Digest } from '../api/scalars.ts';
import { toTenths } from './evaluation.ts';
import { type Clumping, clumpingOf, PRESUMED_CLUMPING } from './evidence/clumping.ts';
import { type Count, sumCounts } from './evidence/count.ts';
import type { Baselines, Observation } from './observation.ts';
import type { Reading } from './reading.ts';
import { type Situation, type State, without } from './situation.ts';
import { secondsWithTraffic } from './slices.ts';
import { seconds, slotAt } from './time.ts';

/** What is to be found out about the service before the candidate came. */
export interface BaselineQuestion {
  readonly digest: Digest;
  /** Those whose baseline is not known yet. */
  readonly objectives: readonly Objective[];
  /** End of the window. It is the start of the trial, so that asked later the answer is the same. */
  readonly until: string;
  /** Whole seconds, as many whole slices as fit into six hours. */
  readonly windowSeconds: number;
  readonly sliceSeconds: number;
  /** Number of the interval since the start of the trial; the same number is the same question. */
  readonly slot: number;
}

/** Long enough for some clumps of bad requests to be seen where a service keeps its budget; today's, not yesterday's. */
const WINDOW = 6 * 3600;
/** 720 slices at most, which is what a query is answered for at once; 72 at least, to tell how they differ. */
const SLICE = { min: 30, max: 300 };

/**
 * Due while something is under trial that may run, and the baseline of an objective is not known. Nothing is asked
 * for a digest without proof: it may never run.
 */
export function baselineQuestion(
  { spec, status }: ArtifactRelease,
  verification: Observation['verification'],
  now: Date,
): BaselineQuestion | undefined {
  const { candidate, failure, suspended } = status ?? {};
  if (!candidate || failure || suspended !== undefined) return undefined;
  if (verification.get(candidate.digest)?.state !== 'Satisfied') return undefined;
  const objectives = (spec.objectives ?? []).filter(({ name }) => !baselineOf(candidate, name));
  if (objectives.length === 0) return undefined;
  const sliceSeconds = Math.min(SLICE.max, Math.max(SLICE.min, seconds(spec.analysis.interval)));
  return {
    digest: candidate.digest,
    objectives,
    until: candidate.startedAt,
    windowSeconds: WINDOW - (WINDOW % sliceSeconds),
    sliceSeconds,
    slot: slotAt(candidate.startedAt, spec.analysis.interval, now),
  };
}

/** However young a service is, a few seconds do not tell how much traffic it has. */
const YOUNGEST_SECONDS = 600;

/**
 * A baseline from its slices, which lie one after the other. The time before the first request is not counted: a
 * service that is younger than six hours has no less traffic for that. `acceptable` is the bad ratio that a candidate
 * may have: it is how often clumps that no slice has shown could still come to it.
 */
export function toBaseline(
  slices: readonly Count[],
  sliceSeconds: number,
  acceptable: number,
): Omit<Baseline, 'objective'> {
  const { bad, total } = sumCounts(slices);
  const { dispersion, clump } = clumpingOf(slices, acceptable);
  const lived = secondsWithTraffic(slices, sliceSeconds);
  return {
    bad: Math.round(bad),
    total: Math.round(total),
    seconds: Math.max(lived, Math.min(YOUNGEST_SECONDS, slices.length * sliceSeconds)),
    dispersion: toTenths(dispersion),
    clump: toTenths(clump),
  };
}

/** The state with what has been found out; of another trial nothing is taken. */
export function withBaselines(
  state: State,
  seen: Baselines | undefined,
  objectives: readonly Objective[],
): State {
  const { candidate } = state;
  if (!candidate || !isAbout(seen, candidate)) return state;
  const baselines = objectives.flatMap(({ name }): Baseline[] => {
    const known = baselineOf(candidate, name);
    if (known) return [known];
    const reading = seen.readings.get(name);
    return reading?.known ? [{ objective: name, ...reading.value }] : [];
  });
  const trial = without(candidate, 'baselines');
  return { ...state, candidate: baselines.length > 0 ? { ...trial, baselines } : trial };
}

/** The newest answer about an objective, where it is about this trial. */
export const baselineReading = (
  { state, seen }: Pick<Situation, 'state' | 'seen'>,
  objective: string,
): Reading<unknown> | undefined =>
  state.candidate && isAbout(seen.baselines, state.candidate)
    ? seen.baselines.readings.get(objective)
    : undefined;

/** One trial may take the place of another in the very instant in which that began. */
const isAbout = (seen: Baselines | undefined, { digest, startedAt }: Candidate): seen is Baselines =>
  seen?.digest === digest && seen.until === startedAt;

export const baselineOf = (
  { baselines }: Pick<Candidate, 'baselines'>,
  objective: string,
): Baseline | undefined => baselines?.find((baseline) => baseline.objective === objective);

/** How bad requests came before the trial, or what is presumed of it. */
export function clumpingBefore(candidate: Pick<Candidate, 'baselines'>, objective: string): Clumping {
  const baseline = baselineOf(candidate, objective);
  return baseline ? { dispersion: baseline.dispersion, clump: baseline.clump } : PRESUMED_CLUMPING;
}
