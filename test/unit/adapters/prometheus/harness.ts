import { PrometheusConfig } from '../../../../src/adapters/prometheus/prometheus-config.ts';
import { PrometheusServiceSource } from '../../../../src/adapters/prometheus/prometheus-service-source.ts';
import { PrometheusSloSource } from '../../../../src/adapters/prometheus/prometheus-slo-source.ts';
import { PrometheusSources } from '../../../../src/adapters/prometheus/prometheus-sources.ts';
import type { QueryOutcome } from '../../../../src/adapters/prometheus/query-observer.ts';
import type { Objective } from '../../../../src/api/artifact-release-spec.ts';
import type { Totals } from '../../../../src/api/artifact-release-status.ts';
import type { Reading } from '../../../../src/domain/reading.ts';
import type { SloQuestion } from '../../../../src/ports/slo-source.ts';
import {
  type ReceivedQuery,
  type ScriptedAnswer,
  type ScriptedPrometheus,
  startScriptedPrometheus,
  vector,
} from '../../../support/scripted-prometheus.ts';

export const AT = new Date('2026-03-01T12:00:00.250Z');
export const AT_SECONDS = AT.getTime() / 1000;

const objective: Objective = {
  name: 'availability',
  target: '99.9',
  timeWindow: '30d',
  ratioMetric: {
    bad: { query: 'sum(increase(requests{ns="$namespace",pod=~"$pods",code=~"5..$"}[$window]))' },
    total: { query: 'sum(increase(requests{ns="$namespace",pod=~"$pods"}[$window]))' },
  },
};

export const QUESTION = {
  source: 'default',
  objective,
  namespace: 'shop',
  workload: 'checkout',
  digest: `sha256:${'9f'.repeat(32)}`,
  windowSeconds: 37,
  from: new Date(AT.getTime() - 37_000),
  intervalSeconds: 10,
  at: AT,
  candidate: { track: 'canary', pods: '^checkout-canary-.*$', workloads: 'checkout-canary' },
  stable: { track: 'stable', pods: '^checkout-[^c].*$', workloads: 'checkout' },
} satisfies SloQuestion;

/** The question with two other queries. */
export const asking = (bad: string, total: string): SloQuestion => ({
  ...QUESTION,
  objective: { ...objective, ratioMetric: { bad: { query: bad }, total: { query: total } } },
});

export type QueryName = 'bad of candidate' | 'total of candidate' | 'bad of stable' | 'total of stable';

export function nameOf({ query }: ReceivedQuery): QueryName {
  const side = query.includes('canary') ? 'candidate' : 'stable';
  return query.includes('code') ? `bad of ${side}` : `total of ${side}`;
}

/** One series with this value. */
export const one = (value: string): ScriptedAnswer => vector([{ value, time: AT_SECONDS }]);
export const empty = vector([]);

const HEALTHY: Readonly<Record<QueryName, ScriptedAnswer>> = {
  'bad of candidate': one('1'),
  'total of candidate': one('100'),
  'bad of stable': one('2'),
  'total of stable': one('900'),
};

export interface Asked {
  readonly reading: Reading<Totals>;
  readonly prometheus: ScriptedPrometheus;
  readonly outcomes: readonly QueryOutcome[];
}

/** What a test may change about one question to a scripted Prometheus. */
export interface Exchange {
  readonly answers?: Partial<Record<QueryName, ScriptedAnswer>>;
  readonly question?: SloQuestion;
  readonly config?: Record<string, unknown>;
}

/** Asks a fresh source over a fresh server, both gone afterwards. */
export async function ask({ answers = {}, question = QUESTION, config = {} }: Exchange): Promise<Asked> {
  const script = (query: ReceivedQuery) => ({ ...HEALTHY, ...answers })[nameOf(query)];
  await using prometheus = await startScriptedPrometheus(script);
  const outcomes: QueryOutcome[] = [];
  const source = createSource({ url: prometheus.url, ...config }, (outcome) => outcomes.push(outcome));
  const reading = await source.totals(question, new AbortController().signal);
  await source.close();
  return { reading, prometheus, outcomes };
}

/** A source named `default` that retries at once. */
export function createSource(
  config: Record<string, unknown>,
  onOutcome: (outcome: QueryOutcome) => void = () => undefined,
) {
  const observer = { queryFinished: (_: string, outcome: QueryOutcome) => onOutcome(outcome) };
  const sources = new PrometheusSources({ default: PrometheusConfig.parse(config) }, observer, () => 0);
  const slo = new PrometheusSloSource(sources);
  return {
    totals: (question: SloQuestion, signal: AbortSignal) => slo.totals(question, signal),
    service: new PrometheusServiceSource(sources),
    close: () => sources.close(),
  };
}
