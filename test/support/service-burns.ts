import type {
  ServiceBudgets,
  ServiceBurn,
  ServiceCounts,
  WindowCount,
} from '../../src/domain/observation.ts';
import { known, unknown } from '../../src/domain/reading.ts';
import { seconds } from '../../src/domain/time.ts';
import { NOON } from './releases.ts';

const REQUESTS = 100_000;

/** So many percent of many requests are bad; undefined is a window of which nothing is known. */
export type Percents = Readonly<Record<string, number | undefined>>;

const windowOf = (window: string, percent: number | undefined): WindowCount => ({
  count:
    percent === undefined
      ? unknown('MetricsUnavailable', 'nobody answers')
      : known({ bad: (REQUESTS * percent) / 100, total: REQUESTS }),
  seconds: seconds(window),
});

export const serviceCounts = (
  percents: Percents,
  terms = { target: '99', timeWindow: '30d' },
): ServiceCounts => ({
  terms,
  windows: new Map(Object.entries(percents).map(([window, percent]) => [window, windowOf(window, percent)])),
});

/** The percentages are also the burn rates: the objective is 99 %. */
export const OUTAGE: Percents = { '5m': 21, '30m': 2, '1h': 15.2 };
export const CALM: Percents = { '5m': 0.2, '30m': 0.1 };
export const UNKNOWN: Percents = { '5m': undefined, '30m': undefined };

export const serviceBurn = (
  percents: Percents,
  scope: ServiceBurn['scope'] = 'Trial',
  trial = NOON,
): ServiceBurn => ({ scope, trial, services: new Map([['availability', serviceCounts(percents)]]) });

/** So many percent of the requests of 30 days were bad; one percent is the whole budget. */
export const serviceBudgets = (percent: number | undefined): ServiceBudgets =>
  new Map([['availability', serviceCounts({ '30d': percent })]]);
