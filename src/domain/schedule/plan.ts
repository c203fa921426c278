import type { Plan } from '../../api/candidate-status.ts';
import { toThousandths } from '../evaluation.ts';
import { toDuration } from '../time.ts';
import { canaryReplicas } from '../workload.ts';
import { failuresToRollBack, type ObservedObjective, requestsToPass } from './thresholds.ts';

/** What a schedule is computed from. */
export interface PlanInput {
  /** At least one of them counts requests; samples of a value cost the error budget the same at any weight. */
  readonly objectives: readonly ObservedObjective[];
  /** Replicas of stable, by target; 0 where it is scaled down. */
  readonly replicas: readonly number[];
  /** Time between two looks, in whole seconds, at least 1. */
  readonly intervalSeconds: number;
  /** A schedule that takes longer than that is one of little traffic. */
  readonly maxHoldSeconds: number;
  /** Part of the error budget in percent that a release may spend. */
  readonly budgetLimit: number;
}

/** Of what a release may spend, the part that the first step may risk. */
const CAREFUL = 1 / 4;

const MAX_WEIGHT = 50;
/** From one weight to the next. */
const MAX_FACTOR = 5;

const MINUTE = 60;
const DAY = 86_400;

/** From the decision to roll back until no pod of the candidate gets requests any more. */
const ROLLBACK_SECONDS = 10;

/**
 * The fastest schedule that is safe. Undefined where nothing can be computed: an objective had no requests, or the
 * service fails so often that a failing candidate could not be told from it. Pure; deterministic; ends for any traffic.
 *
 * 1. The first weight is the highest at which a candidate that fails every request costs at most a quarter of
 *    budgetLimit before it is gone (`worstCase`); where even one replica costs more, that of one replica.
 * 2. Weights rise geometrically from there to 50 %, at most fivefold a step.
 * 3. Each step lasts until the candidate has had the requests that a pass needs (`stepSeconds`).
 *
 * Where that takes longer than maxHold there is little traffic, and a low weight only makes the wait for evidence
 * long: the lowest first weight is taken with which it takes maxHold, whose cost is still within budgetLimit; and
 * where there is none, the highest one within budgetLimit. More traffic therefore never makes a schedule longer.
 */
export function planSteps(input: PlanInput): Plan | undefined {
  const { budgetLimit, objectives } = input;
  if (objectives.some(({ total }) => total === 0)) return undefined;
  const room = longestUsual(input);
  const fits = ({ seconds }: Schedule): boolean => seconds <= room;
  const needs = objectives.map((objective) => ({ ...objective, requests: requestsToPass(objective) }));
  const least = oneReplica(input.replicas);
  const risk = (weight: number): number =>
    Math.max(...objectives.map((objective) => worstCase(weight, objective, input)));
  const scheduleAt = (weight: number): Schedule => scheduleFrom(weight, risk(weight), needs, input);
  const usual = scheduleAt(highestWithin(budgetLimit * CAREFUL, least, risk) ?? least);
  if (!Number.isFinite(usual.worst)) return undefined;
  if (fits(usual)) return toPlan(usual);
  const highest = highestWithin(budgetLimit, least, risk);
  if (highest === undefined) return toPlan(usual);
  for (let weight = least; weight <= highest; weight += 1) {
    const schedule = scheduleFrom(weight, 0, needs, input);
    if (fits(schedule)) return toPlan(withTimeLeft(scheduleAt(weight), room - schedule.seconds, input));
  }
  return toPlan(scheduleAt(highest));
}

/** By halving, for the risk never falls as the weight rises; undefined where even `least` risks more. */
function highestWithin(limit: number, least: number, risk: (weight: number) => number): number | undefined {
  let [within, beyond] = [least - 1, MAX_WEIGHT + 1];
  while (beyond - within > 1) {
    const between = Math.floor((within + beyond) / 2);
    if (risk(between) <= limit) within = between;
    else beyond = between;
  }
  return within < least ? undefined : within;
}

interface Schedule {
  readonly steps: readonly { readonly weight: number; readonly seconds: number }[];
  /** Of all steps. */
  readonly seconds: number;
  /** What the first step risks, in percent of the error budget. */
  readonly worst: number;
}

type Pace = Pick<PlanInput, 'maxHoldSeconds' | 'intervalSeconds'>;

/** More than this is for want of traffic. What takes no longer than its shortest steps never is. */
const longestUsual = ({ maxHoldSeconds, intervalSeconds }: Pace): number =>
  Math.max(maxHoldSeconds, rising(1).length * shortestStep(intervalSeconds));

/** Whether a schedule with steps of these seconds is what little traffic allows. */
export const isForWantOfTraffic = (steps: readonly number[], pace: Pace): boolean =>
  steps.some((span) => span > shortestStep(pace.intervalSeconds)) &&
  steps.reduce((sum, span) => sum + span, pace.intervalSeconds) > longestUsual(pace);

interface Need extends ObservedObjective {
  /** Of the candidate, for a pass. */
  readonly requests: number;
}

function scheduleFrom(first: number, worst: number, needs: readonly Need[], input: PlanInput): Schedule {
  const steps = rising(first).map((weight) => ({ weight, seconds: stepSeconds(weight, needs, input) }));
  return {
    steps,
    seconds: steps.reduce((sum, step) => sum + step.seconds, 0),
    worst,
  };
}

/** Geometrically from the first weight to 50, in the fewest steps of at most fivefold. */
function rising(first: number): readonly number[] {
  let steps = 1;
  for (let reached = first; reached < MAX_WEIGHT; reached *= MAX_FACTOR) steps += 1;
  const factor = (MAX_WEIGHT / first) ** (1 / Math.max(1, steps - 1));
  return Array.from({ length: steps }, (_, index) => Math.round(first * factor ** index));
}

/**
 * Error budget of the window in percent that is spent by a candidate which fails every request from the start:
 *
 *     100 · (share · (2 · interval + 10 s) + failures / rate) / ((1 − target) · window)
 *
 * An interval until the first look, which may find nothing, because an increase needs two scrapes; then the failures
 * that the rule asks for, which take failures / (share · rate) to come; up to an interval until the look that sees
 * them; and the time until its pods are gone. Requests of the window are those of the hours before, at the same rate.
 */
function worstCase(weight: number, objective: ObservedObjective, input: PlanInput): number {
  if (objective.measure === 'samples') return 0;
  const { most } = shares(weight, input.replicas);
  const blind = most * (2 * input.intervalSeconds + ROLLBACK_SECONDS);
  const failing = failuresToRollBack(objective, most) / rateOf(objective);
  return toThousandths((100 * (blind + failing)) / ((1 - objective.target) * objective.windowSeconds));
}

/**
 * Whole intervals, at least two and at least a minute, in which the candidate has the requests that a pass needs for
 * every objective; at most a day, after which the hold decides. A value is sampled as often at any weight.
 */
function stepSeconds(
  weight: number,
  needs: readonly Need[],
  { replicas, intervalSeconds }: PlanInput,
): number {
  const { least } = shares(weight, replicas);
  const needed = needs.map((need) => {
    const part = need.measure === 'samples' ? 1 : least;
    return need.requests / (part * rateOf(need));
  });
  const longest = Math.min(DAY, Math.max(...needed));
  return Math.max(shortestStep(intervalSeconds), whole(intervalSeconds, longest));
}

const shortestStep = (intervalSeconds: number): number =>
  Math.max(2 * intervalSeconds, whole(intervalSeconds, MINUTE));

/** The time, rounded up to whole intervals. */
const whole = (intervalSeconds: number, span: number): number =>
  intervalSeconds * Math.ceil(span / intervalSeconds);

const rateOf = ({ total, seconds }: ObservedObjective): number => total / seconds;

/**
 * Share of the requests on the candidate, in the targets where it is least and most: weights are made of whole
 * replicas. Assumption: the pods of a target get the same number of requests each.
 */
function shares(
  weight: number,
  replicas: readonly number[],
): { readonly least: number; readonly most: number } {
  const real = replicas
    .filter((stable) => stable > 0)
    .map((stable) => canaryReplicas(stable, weight) / (canaryReplicas(stable, weight) + stable));
  const all = real.length > 0 ? real : [weight / 100];
  return { least: Math.min(...all), most: Math.max(...all) };
}

/** The weight below which nothing is less, because a canary has at least one replica. Of no replicas nothing is known. */
function oneReplica(replicas: readonly number[]): number {
  const real = replicas.filter((stable) => stable > 0);
  if (real.length === 0) return 1;
  return Math.min(MAX_WEIGHT, ...real.map((stable) => Math.ceil(100 / (stable + 1))));
}

/** The time that is left goes to the first step: a risk that is taken for want of time is taken for no more than that. */
function withTimeLeft(schedule: Schedule, left: number, { intervalSeconds }: PlanInput): Schedule {
  const more = left - (left % intervalSeconds);
  const [first, ...others] = schedule.steps;
  if (!first) return schedule;
  const steps = [{ ...first, seconds: first.seconds + more }, ...others];
  return { ...schedule, steps, seconds: schedule.seconds + more };
}

const toPlan = ({ steps, seconds, worst }: Schedule): Plan => ({
  steps: steps.map((step) => ({ weight: step.weight, duration: toDuration(step.seconds) })),
  expectedDuration: toDuration(seconds),
  worstCaseSpend: worst,
});
