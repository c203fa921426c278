import type { Objective } from '../../api/artifact-release-spec.ts';
import type { Plan } from '../../api/candidate-status.ts';
import { baselineOf, baselineReading } from '../baselines.ts';
import type { WithCandidate } from '../situation.ts';
import { seconds } from '../time.ts';
import { planSteps } from './plan.ts';
import type { ObservedObjective } from './thresholds.ts';

/** Why the steps of the spec are done, in words that end a sentence. */
export type NoPlan = string;

/** The schedule of a trial that is about to begin, from what is known of its objectives. */
export function planOf(s: WithCandidate): Plan | NoPlan {
  const { spec, seen } = s;
  const observed = (spec.objectives ?? []).map((objective) => observe(s, objective));
  const reasons = observed.filter((one) => typeof one === 'string');
  const objectives = observed.filter((one) => typeof one !== 'string');
  if (reasons[0] !== undefined) return reasons[0];
  if (objectives.length === 0) return 'there are no objectives to compute it from';
  if (objectives.every(({ measure }) => measure === 'samples'))
    return 'no objective counts requests, so that weights change nothing that is measured';
  const plan = planSteps({
    objectives,
    replicas: seen.targets.map(({ workload }) => workload?.replicas ?? 0),
    intervalSeconds: seconds(spec.analysis.interval),
    maxHoldSeconds: seconds(spec.analysis.maxHold),
    budgetLimit: Number(spec.analysis.budgetLimit),
  });
  return (
    plan ??
    'the service failed so often in the hours before that a failing candidate could not be told from it'
  );
}

function observe(s: WithCandidate, objective: Objective): ObservedObjective | NoPlan {
  const { spec, state } = s;
  const { name } = objective;
  const baseline = baselineOf(state.candidate, name);
  if (!baseline) {
    const reading = baselineReading(s, name);
    const why = reading && !reading.known ? `: ${reading.message}` : '';
    return `${name} in the hours before is not known${why}`;
  }
  if (baseline.total === 0) return `${name} had no requests in the hours before`;
  const { target, timeWindow } = baseline.terms ?? objective;
  if (target === undefined) return `the target of ${name} is not known`;
  const { bad, total, dispersion, clump } = baseline;
  return {
    target: Number(target) / 100,
    windowSeconds: seconds(timeWindow),
    maxBurnRate: Number(spec.analysis.maxBurnRate),
    confidence: Number(spec.analysis.confidence),
    clumping: { dispersion, clump },
    measure: objective.thresholdMetric ? 'samples' : 'requests',
    bad,
    total,
    seconds: baseline.seconds,
  };
}
