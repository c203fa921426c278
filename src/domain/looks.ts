import type { Spec } from '../api/artifact-release-spec.ts';
import type { Candidate, ObjectiveAnalysis, Totals } from '../api/artifact-release-status.ts';
import { isNews } from './evidence/clumping.ts';
import { stepsOf } from './schedule/steps.ts';
import type { State } from './situation.ts';
import { after, earliest, lastSlot, milliseconds, nextSlot, slotAt } from './time.ts';

/** Looks in an interval after a look that was suspicious, with the regular one at its end. */
export const QUICK_LOOKS = 5;

/** Prometheus has nothing new sooner. */
const CLOSEST_MS = 1000;

/** A step or bake whose clock runs. */
export interface Watch {
  readonly spec: Spec;
  readonly candidate: Candidate;
  /** When the clock was started: looks are counted from there. */
  readonly from: string;
  readonly analysis: readonly ObjectiveAnalysis[];
}

/** Absent before the clock is started, and where there is nothing to look at. */
export function watchOf(
  spec: Spec,
  { analysis = [], candidate }: Pick<State, 'analysis' | 'candidate'>,
): Watch | undefined {
  if (candidate?.stepStartedAt === undefined || !spec.objectives?.length) return undefined;
  return { spec, candidate, from: candidate.stepStartedAt, analysis };
}

/** The newest regular look. */
export interface RegularLook {
  /** Whole intervals since the start, and half a one more once the stage may end, which is a look of its own. */
  readonly slot: number;
  /** When it was due. */
  readonly at: Date;
}

export function regularLook(watch: Watch, now: Date): RegularLook {
  const { from, spec } = watch;
  const { interval } = spec.analysis;
  const end = endOf(watch);
  const slot = slotAt(from, interval, now);
  const at = lastSlot(from, interval, now);
  return now < end ? { slot, at } : { slot: slot + 0.5, at: at > end ? at : end };
}

/** When the step or bake may end at the earliest, without proof. */
function endOf({ candidate, from, spec }: Watch): Date {
  const { step, weight } = candidate;
  return after(
    from,
    weight === 100 ? spec.bake.duration : (stepsOf(spec, candidate)[step]?.duration ?? '0s'),
  );
}

/**
 * Whether a look found more new bad requests than the objective allows in an interval of so many seconds. `before` are
 * the counts of the look before, in the same step or bake; `acceptable` is a ratio.
 */
export function isSuspicious(
  before: Pick<Totals, 'bad' | 'seconds'> | undefined,
  { bad, seconds, total }: Totals,
  acceptable: number,
  intervalSeconds: number,
): boolean {
  const newBad = bad - (before?.bad ?? 0);
  const share = before && before.seconds > 0 && seconds > 0 ? Math.min(1, intervalSeconds / seconds) : 1;
  return isNews(newBad) && newBad > acceptable * total * share;
}

const isCounted = ({ evaluatedAt }: ObjectiveAnalysis, { at }: RegularLook): boolean =>
  Date.parse(evaluatedAt) >= at.getTime();

/** Quick looks follow a regular one that was suspicious, until the next regular one. */
const isFollowed = ({ analysis }: Watch, regular: RegularLook): boolean =>
  analysis.some((record) => record.suspect && isCounted(record, regular));

const apart = ({ analysis }: Spec): number =>
  Math.max(CLOSEST_MS, milliseconds(analysis.interval) / QUICK_LOOKS);

const quickLooks = (watch: Watch, { at }: RegularLook, now: Date): number =>
  Math.floor((now.getTime() - at.getTime()) / apart(watch.spec));

/** The number of the newest quick look since a regular one; 0 where there are none. */
export const quickLook = (watch: Watch, regular: RegularLook, now: Date): number =>
  isFollowed(watch, regular) ? quickLooks(watch, regular, now) : 0;

/** When the counts are looked at next; always later than `now`. */
export function nextLook(watch: Watch, now: Date): Date {
  const next = nextSlot(watch.from, watch.spec.analysis.interval, now);
  const regular = regularLook(watch, now);
  if (!isFollowed(watch, regular)) return next;
  const quick = regular.at.getTime() + (quickLooks(watch, regular, now) + 1) * apart(watch.spec);
  return earliest(next, new Date(quick)) ?? next;
}

/** The counts of a record are those of the regular look, beside which those of quick ones are not counted. */
export function stands(watch: Watch | undefined, record: ObjectiveAnalysis, now: Date): boolean {
  if (!watch) return false;
  const regular = regularLook(watch, now);
  return isFollowed(watch, regular) && isCounted(record, regular);
}
