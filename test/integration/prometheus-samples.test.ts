import { afterAll, beforeAll, expect, it } from 'vitest';
import { PrometheusConfig } from '../../src/adapters/prometheus/prometheus-config.ts';
import { PrometheusServiceSource } from '../../src/adapters/prometheus/prometheus-service-source.ts';
import { PrometheusSloSource } from '../../src/adapters/prometheus/prometheus-slo-source.ts';
import { PrometheusSources } from '../../src/adapters/prometheus/prometheus-sources.ts';
import type { Objective } from '../../src/api/artifact-release-spec.ts';
import type { SloQuestion } from '../../src/ports/slo-source.ts';
import { findBinaries } from '../cluster/binaries.ts';
import { Prometheus } from '../cluster/prometheus.ts';
import { claimSite, type Site } from '../cluster/site.ts';
import { type PushedSeries, pushMetrics } from '../support/pushed-metrics.ts';

// A real Prometheus with ten minutes of the past, scraped every 10 s.

const never = new AbortController().signal;
const SCRAPE_MS = 10_000;
const NOW = Date.now() - (Date.now() % 1000);
const START = NOW - 600_000;

const canary = { pod: 'checkout-canary-5d4f7-abcde', namespace: 'shop' };
const stable = { pod: 'checkout-6c8b9-fghij', namespace: 'shop' };

/** One sample for every scrape; `value` of the seconds since the start. */
const scraped = (
  series: Omit<PushedSeries, 'samples'>,
  value: (seconds: number) => number | undefined,
): PushedSeries => ({
  ...series,
  samples: Array.from({ length: 61 }, (_, i) => {
    const seconds = (i * SCRAPE_MS) / 1000;
    return [START + i * SCRAPE_MS, value(seconds)] as const;
  }),
});

const queueOf = (labels: Readonly<Record<string, string>>, value: (seconds: number) => number | undefined) =>
  scraped({ name: 'queue', kind: 'gauge', labels }, value);

let site: Site;
let prometheus: Prometheus;
let sources: PrometheusSources;

beforeAll(async () => {
  const { prometheus: binary } = await findBinaries(['prometheus'], () => undefined);
  site = await claimSite();
  prometheus = new Prometheus(site, binary, { scrapeInterval: '10s' });
  await prometheus.start();
  const config = PrometheusConfig.parse({ url: prometheus.url });
  sources = new PrometheusSources({ default: config }, { queryFinished: () => undefined });
  const requests = { name: 'requests', kind: 'counter' } as const;
  await pushMetrics(prometheus.url, [
    // The scrapes of the third minute fail; in the last five the queue is longer than that of stable, and than 15.
    queueOf(canary, (at) => (at > 120 && at <= 180 ? undefined : at > 300 ? 20 : 10)),
    queueOf(stable, () => 12),
    scraped({ ...requests, labels: { ...stable, code: '200' } }, (at) => at * 5),
    // Five more in each of the first minutes, then none; it is scraped from its first bad request on.
    scraped({ ...requests, labels: { ...canary, code: '500' } }, (at) =>
      at < 60 ? undefined : Math.min(at, 300) / 12,
    ),
  ]);
});

afterAll(async () => {
  await sources?.close();
  await prometheus?.[Symbol.asyncDispose]();
  await site?.release();
});

const QUEUE: Objective = {
  name: 'queue',
  target: '95',
  timeWindow: '30d',
  thresholdMetric: { query: 'avg(queue{namespace="$namespace",pod=~"$pods"})', op: 'lte', value: '15' },
};
const AVAILABILITY: Objective = {
  name: 'availability',
  target: '99.9',
  timeWindow: '30d',
  ratioMetric: {
    bad: { query: 'sum(increase(requests_total{pod=~"$pods",code=~"5.."}[$window]))' },
    total: { query: 'sum(increase(requests_total{pod=~"$pods"}[$window]))' },
  },
};
const about = {
  source: 'default',
  namespace: 'shop',
  workload: 'checkout',
  digest: `sha256:${'9f'.repeat(32)}`,
};
const QUESTION: SloQuestion = {
  ...about,
  objective: QUEUE,
  windowSeconds: 600,
  from: new Date(START),
  intervalSeconds: 30,
  at: new Date(NOW),
  candidate: { track: 'canary', pods: 'checkout-canary-.*', workloads: 'checkout-canary' },
  stable: { track: 'stable', pods: 'checkout-[a-z0-9]+-[a-z0-9]{5}', workloads: 'checkout' },
};
const SERVICE = {
  ...about,
  track: '(canary|stable)' as const,
  pods: 'checkout-.*',
  workloads: '(checkout|checkout-canary)',
  windowSeconds: 600,
  intervalSeconds: 30,
  sliceSeconds: 60,
  at: new Date(NOW),
};

it('a gauge is compared on both sides at every interval, but where scrapes failed', async () => {
  const reading = await new PrometheusSloSource(sources).totals(QUESTION, never);
  expect(reading).toEqual({
    known: true,
    value: { bad: 10, total: 18, stableBad: 0, stableTotal: 20, higher: 10, lower: 8, seconds: 600 },
  });
});

it('samples of a step stay what they were when they are asked for later', async () => {
  const source = new PrometheusSloSource(sources);
  // A pass is late by some seconds, and another one after a restart too.
  for (const late of [0, 1_234, 29_999]) {
    const at = new Date(START + 300_000 + late);
    const reading = await source.totals({ ...QUESTION, at }, never);
    expect(reading).toMatchObject({ value: { bad: 0, total: 8, stableTotal: 10, higher: 0, lower: 8 } });
  }
});

it('a series that has ended is stale', async () => {
  const at = new Date(START + 600_000 + 400_000);
  const reading = await new PrometheusSloSource(sources).totals({ ...QUESTION, at }, never);
  expect(reading).toMatchObject({ known: false, reason: 'StaleData' });
});

it('a day of samples at every second is within what Prometheus answers', async () => {
  const day = { from: new Date(NOW - 86_400_000), windowSeconds: 86_400, intervalSeconds: 1 };
  const reading = await new PrometheusSloSource(sources).totals({ ...QUESTION, ...day }, never);
  expect(reading).toMatchObject({ known: true });
});

it('the counters of a service are counted in slices, of which the oldest comes first', async () => {
  const service = new PrometheusServiceSource(sources);
  const slices = await service.slices({ ...SERVICE, objective: AVAILABILITY }, never);
  const badOf = (minute: number): number => (minute >= 1 && minute < 5 ? 5 : 0);
  expect(slices).toEqual({
    known: true,
    value: Array.from({ length: 10 }, (_, minute) => ({ bad: badOf(minute), total: 300 + badOf(minute) })),
  });
  const counts = await service.counts({ ...SERVICE, objective: AVAILABILITY }, never);
  expect(counts).toMatchObject({ known: true, value: { total: expect.closeTo(3020, -1) } });
});

it('a gauge of a service is sampled in slices', async () => {
  const service = new PrometheusServiceSource(sources);
  const slices = await service.slices({ ...SERVICE, objective: QUEUE }, never);
  // Both pods together: 11, where one of them is not scraped 12, then 16.
  expect(slices).toEqual({
    known: true,
    value: Array.from({ length: 10 }, (_, minute) => ({ bad: minute < 5 ? 0 : 2, total: 2 })),
  });
});

it('a query that yields no value at a time is refused in the words of Prometheus', async () => {
  const query = 'queue{pod=~"$pods"}[5m]';
  const objective = { ...QUEUE, thresholdMetric: { query, op: 'lte', value: '15' } } as const;
  const reading = await new PrometheusSloSource(sources).totals({ ...QUESTION, objective }, never);
  expect(reading).toMatchObject({ known: false, reason: 'QueryInvalid' });
  expect(reading).toHaveProperty('message', expect.stringContaining('invalid expression type'));
});
