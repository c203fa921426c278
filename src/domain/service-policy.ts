import type { Spec } from '../api/artifact-release-spec.ts';
import type { Judgement } from './analysis.ts';
import type { ServiceBurn, ServiceScope } from './observation.ts';
import { type Exhausted, exhaustedBudget } from './service-budget.ts';
import { type Burning, burningService, keepsObjective } from './service-burn.ts';
import type { Situation, WithCandidate } from './situation.ts';
import { milliseconds } from './time.ts';

/** Whether a burning service would stop this release, so that it is worth asking about. */
export const heedsService = (spec: Spec): boolean =>
  spec.analysis.serviceBurn !== 'Ignore' && !spec.fix && countsRequests(spec);

/** Whether a budget that is exhausted would stop this release before its canary begins. */
export const heedsBudget = (spec: Spec): boolean =>
  spec.analysis.exhaustedBudget !== 'Ignore' && !spec.fix && countsRequests(spec);

const countsRequests = ({ objectives = [] }: Spec): boolean =>
  objectives.some(({ thresholdMetric }) => !thresholdMetric);

/** Time between two questions about the service: the interval of the analysis, but at least a minute. */
export const serviceInterval = ({ analysis: { interval } }: Spec): string =>
  milliseconds(interval) > milliseconds('1m') ? interval : '1m';

/** Time between two questions about a whole budget: they are dear, and the answer changes in hours. */
export const BUDGET_INTERVAL = '10m';

/** The budget that is gone, where this release is one to heed it. */
export const exhausted = ({ spec, seen }: Pick<Situation, 'spec' | 'seen'>): Exhausted | undefined =>
  heedsBudget(spec) && seen.serviceBudgets ? exhaustedBudget(seen.serviceBudgets) : undefined;

/** What burns, where this release is one to heed it and the answer is about this trial. */
export function burning(
  s: Pick<Situation, 'spec' | 'state' | 'seen'>,
  scope: ServiceScope,
): Burning | undefined {
  const services = servicesOf(s, scope);
  return services && burningService(services, Number(s.spec.analysis.confidence));
}

function servicesOf(
  { spec, state, seen: { serviceBurn } }: Pick<Situation, 'spec' | 'state' | 'seen'>,
  scope: ServiceScope,
): ServiceBurn['services'] | undefined {
  if (!heedsService(spec) || serviceBurn?.scope !== scope || serviceBurn.trial !== state.candidate?.startedAt)
    return undefined;
  return serviceBurn.services;
}

/**
 * Stable has burned as well in this trial, and that will stay in its counts. Once the service keeps its objectives
 * again, or where the release is there to mend it, that is no reason to wait for: the candidate is not worse.
 */
const isOver = (s: WithCandidate, { reason, notWorse = false }: Judgement): boolean =>
  reason === 'ServiceBurning' && notWorse && (s.spec.fix || isCalm(s));

function isCalm(s: WithCandidate): boolean {
  const services = [...(servicesOf(s, 'Trial')?.values() ?? [])];
  return services.length > 0 && services.every(keepsObjective);
}

/**
 * The judgement of the candidate with what is known of the service as a whole. What the candidate is to blame for
 * goes first: it ends the release at once, and returns the service to what it was.
 */
export function withService(s: WithCandidate, own: Judgement): Judgement {
  const burns = own.verdict === 'RollBack' ? undefined : burning(s, 'Trial');
  if (!burns) return isOver(s, own) ? { ...own, verdict: 'Pass', reason: 'NotWorseThanStable' } : own;
  const message = `${burns.message}; this release: ${own.message}`;
  return s.spec.analysis.serviceBurn === 'Rollback'
    ? { verdict: 'RollBack', reason: 'ServiceBurning', message }
    : {
        verdict: 'Hold',
        reason: 'ServiceBurning',
        message: `${message}; spec.fix: true lets a release go on that mends the service`,
        wholeService: true,
      };
}
