import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrometheusConfig } from '../../src/adapters/prometheus/prometheus-config.ts';
import { PrometheusServiceSource } from '../../src/adapters/prometheus/prometheus-service-source.ts';
import { PrometheusSloSource } from '../../src/adapters/prometheus/prometheus-slo-source.ts';
import { PrometheusSources } from '../../src/adapters/prometheus/prometheus-sources.ts';
import { Objective, PRESETS } from '../../src/api/objective-spec.ts';
import { budgetSpent, budgetWindow, overWindow } from '../../src/domain/service-budget.ts';
import { canaryName, podNamePattern } from '../../src/domain/workload.ts';
import type { Side } from '../../src/ports/slo-source.ts';
import { METRIC_TARGETS } from '../support/metric-sources.ts';
import { ScrapedPrometheus } from '../support/scraped-prometheus.ts';

// Four scrapes are in the window. Between two of them the canary has 10 requests, 1 that fails and 2 that are slow;
// each of the two pods of stable has 20, 1 and 1.
const FAILED = { bad: 4, total: 40, stableBad: 8, stableTotal: 160 };
const SLOW = { bad: 8, total: 40, stableBad: 8, stableTotal: 160 };

const sideOf = (track: 'canary' | 'stable', workloads: string): Side => ({
  track,
  pods: podNamePattern(workloads),
  workloads,
});
const CANDIDATE = sideOf('canary', canaryName('cart'));
const STABLE = sideOf('stable', 'cart');
const { signal } = new AbortController();

let prometheus: ScrapedPrometheus;
let sources: PrometheusSources;

beforeAll(async () => {
  prometheus = await ScrapedPrometheus.start(METRIC_TARGETS);
  const config = PrometheusConfig.parse({ url: prometheus.url });
  sources = new PrometheusSources({ default: config }, { queryFinished: () => undefined });
});
afterAll(async () => {
  await sources?.close();
  await prometheus?.[Symbol.asyncDispose]();
});

const question = (measure: object) => ({
  source: 'default',
  objective: Objective.parse({ name: 'cart', target: '99', ...measure }),
  namespace: 'shop',
  workload: 'cart',
  digest: `sha256:${'9f'.repeat(32)}`,
  windowSeconds: 60,
  intervalSeconds: 15,
  from: new Date(prometheus.at.getTime() - 60_000),
  at: prometheus.at,
});

const wholeService = (measure: object) => ({
  ...question(measure),
  track: '(canary|stable)' as const,
  pods: `(${STABLE.pods}|${CANDIDATE.pods})`,
  workloads: `(${STABLE.workloads}|${CANDIDATE.workloads})`,
});

const totals = (measure: object) =>
  new PrometheusSloSource(sources).totals(
    { ...question(measure), candidate: CANDIDATE, stable: STABLE },
    signal,
  );

/** Proxies need one that tells the tracks apart. */
const SELECTORS = new Map([
  ['nginx', 'exported_service=~"cart-$track"'],
  ['traefik', 'service=~"$namespace-cart-$track-80@kubernetes"'],
]);
const preset = (name: string) => ({ name, selector: SELECTORS.get(name) });

describe.each(PRESETS)('the preset %s', (name) => {
  it('counts failed requests of both sides, and nothing else', async () => {
    expect(await totals({ preset: preset(name) })).toMatchObject({ known: true, value: FAILED });
  });

  it('counts a whole service', async () => {
    const asked = wholeService({ preset: preset(name) });
    expect(await new PrometheusServiceSource(sources).counts(asked, signal)).toEqual({
      known: true,
      value: { bad: 12, total: 200 },
    });
  });
});

describe.each(
  PRESETS.filter((name) => name !== 'envoy-gateway'),
)('the preset %s with a threshold', (name) => {
  it('counts slow requests of both sides, and nothing else', async () => {
    const threshold = name === 'traefik' ? '1.2s' : '1s';
    const reading = await totals({ preset: { ...preset(name), threshold } });
    expect(reading).toMatchObject({ known: true, value: SLOW });
  });
});

describe('the preset nginx, where a scrape keeps the labels of the controller', () => {
  it('counts as well', async () => {
    const reading = await totals({ preset: { name: 'nginx', selector: 'service=~"cart-$track-direct"' } });
    expect(reading).toMatchObject({ known: true, value: FAILED });
  });
});

describe('a ratioMetric', () => {
  const count = (matchers: string) => ({
    query: `sum(increase(http_requests_total{namespace="$namespace",pod=~"$pods"${matchers}}[$window]))`,
  });

  it('counts the bad requests, or all but the good ones', async () => {
    const bad = await totals({ ratioMetric: { bad: count(',code=~"5.."'), total: count('') } });
    const good = await totals({ ratioMetric: { good: count(',code!~"5.."'), total: count('') } });
    expect(bad).toMatchObject({ known: true, value: FAILED });
    expect(good).toEqual(bad);
  });

  it('is counted over the whole window of a budget, of which a service has lived two minutes', async () => {
    const measure = { ratioMetric: { bad: count(',code=~"5.."'), total: count('') } };
    const terms = { target: '99', timeWindow: '30d' };
    const { sliceSeconds, windowSeconds } = budgetWindow(terms.timeWindow);
    const asked = { ...wholeService(measure), windowSeconds, sliceSeconds };
    const window = overWindow(await new PrometheusServiceSource(sources).slices(asked, signal), sliceSeconds);
    expect(window).toMatchObject({ count: { known: true }, seconds: 3600 });
    expect(budgetSpent({ terms, windows: new Map([['30d', window]]) })).toBeGreaterThan(0);
  });
});

const own = (histogram: string, threshold: string, route = '/cart') => ({
  latencyMetric: {
    histogram,
    type: histogram === 'latency_seconds' ? 'Classic' : 'Native',
    threshold,
    selector: `namespace="$namespace",pod=~"$pods",route="${route}"`,
  },
});

describe.each([
  ['a Classic histogram', 'latency_seconds'],
  ['a Native histogram with the buckets of a classic one', 'converted_latency_seconds'],
  ['a Native histogram with exponential buckets', 'exponential_latency_seconds'],
])('%s', (_, histogram) => {
  it.each(['250ms', '1s'])('is split at %s', async (threshold) => {
    expect(await totals(own(histogram, threshold))).toMatchObject({ known: true, value: SLOW });
  });

  it('without requests has none', async () => {
    expect(await totals(own(histogram, '250ms', '/idle'))).toMatchObject({
      known: true,
      value: { bad: 0, total: 0, stableBad: 0, stableTotal: 0 },
    });
  });

  it('is counted in slices', async () => {
    const asked = { ...wholeService(own(histogram, '250ms')), sliceSeconds: 30 };
    expect(await new PrometheusServiceSource(sources).slices(asked, signal)).toEqual({
      known: true,
      value: [
        { bad: 8, total: 100 },
        { bad: 8, total: 100 },
      ],
    });
  });
});

describe('a threshold that is no boundary', () => {
  it('is refused by a Classic histogram, which names those that there are', async () => {
    expect(await totals({ preset: { name: 'otel-http', threshold: '300ms' } })).toEqual({
      known: false,
      reason: 'QueryInvalid',
      message:
        'objective cart: query good of candidate: 300ms is no boundary of a bucket of ' +
        'http_server_request_duration_seconds; these are: 5ms, 10ms, 25ms, 50ms, 75ms, 100ms, 250ms, 500ms, 750ms, ' +
        '1s, 2.5s, 5s, 7.5s, 10s',
    });
  });

  it('is refused for slices as well', async () => {
    const asked = { ...wholeService(own('latency_seconds', '300ms')), sliceSeconds: 30 };
    const reading = await new PrometheusServiceSource(sources).slices(asked, signal);
    expect(reading).toMatchObject({ known: false, reason: 'QueryInvalid' });
  });

  it.each([
    // Half way between 2.5 s and 5 s.
    ['converted_latency_seconds', '3.75s'],
    // Half way between 2 s and 4 s, on a logarithmic scale.
    ['exponential_latency_seconds', '2.828427s'],
  ])('is interpolated by a Native one (%s)', async (histogram, threshold) => {
    expect(await totals(own(histogram, threshold))).toMatchObject({
      known: true,
      value: { bad: 4, stableBad: 4 },
    });
  });
});
