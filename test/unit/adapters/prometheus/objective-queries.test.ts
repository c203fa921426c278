import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { renderQueries } from '../../../../src/adapters/prometheus/objective-queries.ts';
import type { SideQueries } from '../../../../src/adapters/prometheus/side-queries.ts';
import { Objective, PRESETS } from '../../../../src/api/objective-spec.ts';
import { QUESTION } from './harness.ts';

const asked = (measure: object) => ({
  ...QUESTION,
  objective: Objective.parse({ name: 'cart', target: '99.9', ...measure }),
});
const queriesOf = (measure: object): SideQueries => renderQueries(asked(measure)).candidate;
const isPromQl = (query: string): boolean => !parser.parse(query).toString().includes('⚠');

describe('a latencyMetric', () => {
  const latencyMetric = { histogram: 'latency_seconds', threshold: '300ms' };

  it('counts all requests, and those in the bucket of the threshold as good ones', () => {
    expect(queriesOf({ latencyMetric })).toMatchObject({
      total: 'sum(increase(latency_seconds_count{namespace="shop",pod=~"^checkout-canary-.*$"}[37s]))',
      part: {
        kind: 'good',
        query:
          'sum(increase(latency_seconds_bucket{le="0.3",namespace="shop",pod=~"^checkout-canary-.*$"}[37s]))',
      },
      buckets: {
        query: 'group by (le) (latency_seconds_bucket{namespace="shop",pod=~"^checkout-canary-.*$"})',
      },
    });
  });

  it('looks for the threshold in the unit of the histogram', () => {
    const { part } = queriesOf({ latencyMetric: { ...latencyMetric, unit: 'Milliseconds' } });
    expect(part.query).toContain(String.raw`{le=~"300|300\\.0",namespace=`);
  });

  it('may select its pods otherwise, with or without a comma at the end', () => {
    for (const selector of ['job="cart",pod=~"$pods"', ' job="cart",pod=~"$pods", '])
      expect(queriesOf({ latencyMetric: { ...latencyMetric, selector } }).total).toBe(
        'sum(increase(latency_seconds_count{job="cart",pod=~"^checkout-canary-.*$"}[37s]))',
      );
  });

  it('takes the share below the threshold from a native histogram, and no number is no series', () => {
    const selector = 'pod=~"$pods"';
    const all = 'sum(increase(latency_seconds{pod=~"^checkout-canary-.*$"}[37s]))';
    expect(queriesOf({ latencyMetric: { ...latencyMetric, type: 'Native', selector } })).toEqual({
      total: `histogram_count(${all})`,
      metric: 'latency_seconds',
      part: { kind: 'good', query: `histogram_fraction(-Inf, 0.3, ${all}) * histogram_count(${all}) >= 0` },
    });
  });
});

const SELECTORS: Readonly<Record<string, string>> = {
  nginx: 'service="cart-$track"',
  traefik: 'service="$namespace-cart-$track-80@kubernetes"',
};

describe.each(PRESETS)('the preset %s', (name) => {
  const selector = SELECTORS[name] ?? 'job="cart"';
  const latency = name === 'envoy-gateway' ? [] : ['300ms', '1s'];

  it.each([undefined, ...latency])('has different queries for both sides, with threshold %s', (threshold) => {
    const question = asked({ preset: { name, threshold, selector } });
    const { candidate, stable } = renderQueries(question);
    for (const query of [candidate.total, candidate.part.query, candidate.buckets?.query ?? 'vector(1)']) {
      expect(query).toSatisfy(isPromQl);
      expect(query).not.toMatch(/\$[a-z]/);
    }
    expect(candidate.total).not.toBe(stable?.total);
    expect(candidate.part.query).not.toBe(stable?.part.query);
  });

  it('selects further, in every selector of its own metric', () => {
    const further = selector.replace('$track', 'canary').replace('$namespace', 'shop');
    const { total, part } = queriesOf({ preset: { name, selector } });
    for (const query of [total, part.query])
      expect(query.split(further)).toHaveLength(query.split('increase(').length);
  });
});

describe('a preset', () => {
  it.each(['nginx', 'traefik'])('that counts at a proxy (%s) needs a selector, and says which', (name) => {
    expect(() => queriesOf({ preset: { name } })).toThrow(
      `preset ${name}: it counts by Service, not by pod, so each track needs a Service of its own`,
    );
  });

  it.each([
    'nginx',
    'traefik',
  ])('that counts at a proxy (%s) needs one that tells the tracks apart', (name) => {
    expect(() => queriesOf({ preset: { name, selector: 'service="cart"' } })).toThrow(
      /^query bad: is the same for candidate and stable; it counts by Service, .*\$track/,
    );
  });

  it('without a latency of pods says so', () => {
    expect(() => queriesOf({ preset: { name: 'envoy-gateway', threshold: '1s' } })).toThrow(
      'preset envoy-gateway: it has no latency by pod; leave out threshold, or use latencyMetric',
    );
  });

  it('of Istio finds a side by its workloads, as a waypoint counts under its own pod', () => {
    expect(queriesOf({ preset: { name: 'istio' } }).total).toBe(
      'sum(increase(istio_requests_total{reporter=~"destination|waypoint",' +
        'destination_workload_namespace="shop",destination_workload=~"checkout-canary"}[37s]))',
    );
  });
});
