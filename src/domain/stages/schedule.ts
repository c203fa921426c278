import { baselineOf, baselineReading } from '../baselines.ts';
import { shortDigest } from '../digest.ts';
import type { Reading } from '../reading.ts';
import { planText } from '../schedule/plan-text.ts';
import { planOf } from '../schedule/planning.ts';
import { inPhase, type Wait, type WithCandidate, wait } from '../situation.ts';
import { clockTime, milliseconds, nextSlot } from '../time.ts';

/** A trial that has only just begun is asked about in its second pass. */
const FIRST_LOOK = '1s';

/**
 * A schedule that is to be computed waits for the traffic that it is computed from: for one look, or until the second
 * interval of the trial where the first one failed. What is not known by then stops nothing.
 */
export function awaitTraffic(s: WithCandidate): Wait | undefined {
  const { candidate } = s.state;
  const objectives = s.spec.objectives ?? [];
  if (s.spec.canary.schedule !== 'Auto' || candidate.plan || objectives.length === 0) return undefined;
  const { startedAt, digest } = candidate;
  const { interval } = s.spec.analysis;
  const later = (span: number): Date => new Date(Date.parse(startedAt) + span);
  const [first, last] = [later(milliseconds(FIRST_LOOK)), later(2 * milliseconds(interval))];
  const mayCome = objectives.some(
    ({ name }) => !baselineOf(candidate, name) && mayBeKnown(baselineReading(s, name)),
  );
  if (s.now >= first && (!mayCome || s.now >= last)) return undefined;
  const next = s.now < first ? first : nextSlot(startedAt, interval, s.now);
  const message = `Verifying ${shortDigest(digest)}: its schedule is computed from the hours before, looked for at ${clockTime(next)}; where that is not known at ${clockTime(last)}, the steps of the spec are done`;
  return wait(inPhase(s.state, 'Verifying', s.now), 'Measuring', message, { wakeAt: next });
}

/** Hours that are over and have no data never get any. */
const mayBeKnown = (reading: Reading<unknown> | undefined): boolean =>
  !reading || (!reading.known && reading.reason !== 'NoData');

/** The trial with the schedule that was computed for it, and what is told of that; nothing where the spec gives the steps. */
export function scheduled(s: WithCandidate): { readonly trial: WithCandidate; readonly told: string } {
  if (s.spec.canary.schedule !== 'Auto') return { trial: s, told: '' };
  const plan = planOf(s);
  if (typeof plan === 'string') return { trial: s, told: `: the steps of the spec, because ${plan}` };
  const state = { ...s.state, candidate: { ...s.state.candidate, plan } };
  return { trial: { ...s, state }, told: `: ${planText(plan, s.spec)}` };
}

/** What people are told while the first pods of the canary start. */
export function scheduleNote({ spec, state: { candidate } }: WithCandidate): string {
  if (candidate.step > 0) return '';
  if (candidate.plan) return `; ${planText(candidate.plan, spec)}`;
  return spec.canary.schedule === 'Auto'
    ? '; the steps are those of the spec, for none could be computed'
    : '';
}
