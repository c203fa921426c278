import { describe, expect, it } from 'vitest';
import type { SloQuestion } from '../../../../src/ports/slo-source.ts';
import {
  type ScriptedAnswer,
  startScriptedPrometheus,
  vector,
} from '../../../support/scripted-prometheus.ts';
import { AT_SECONDS, createSource, empty, one, QUESTION } from './harness.ts';

const { objective } = QUESTION;
const { ratioMetric: _, ...unmeasured } = objective;
const GOOD: SloQuestion = {
  ...QUESTION,
  objective: {
    ...unmeasured,
    ratioMetric: {
      good: { query: 'sum(increase(good{pod=~"$pods"}[$window]))' },
      total: { query: 'sum(increase(all{pod=~"$pods"}[$window]))' },
    },
  },
};
const LATENCY: SloQuestion = {
  ...QUESTION,
  objective: {
    ...unmeasured,
    latencyMetric: {
      histogram: 'latency_seconds',
      type: 'Classic',
      selector: 'pod=~"$pods"',
      threshold: '300ms',
      unit: 'Seconds',
    },
  },
};

type Answers = Readonly<Record<'good' | 'stableGood', ScriptedAnswer>> & {
  readonly buckets?: ScriptedAnswer;
};

/** Both sides have 100 requests. */
async function ask(question: SloQuestion, { good, stableGood, buckets = empty }: Answers) {
  await using prometheus = await startScriptedPrometheus(({ query }) => {
    if (query.startsWith('group')) return buckets;
    if (/_count|all/.test(query)) return one('100');
    return query.includes('canary') ? good : stableGood;
  });
  const source = createSource({ url: prometheus.url });
  const reading = await source.totals(question, new AbortController().signal);
  await source.close();
  return { reading, asked: prometheus.received.length };
}

const boundaries = (...les: string[]): ScriptedAnswer =>
  vector(les.map((le) => ({ metric: { le }, value: '1', time: AT_SECONDS })));

describe('a count of good requests', () => {
  it('leaves the bad ones, by four queries', async () => {
    const { reading, asked } = await ask(GOOD, { good: one('97.5'), stableGood: one('100') });
    expect(reading).toMatchObject({ known: true, value: { bad: 2.5, total: 100, stableBad: 0 } });
    expect(asked).toBe(4);
  });

  it('a little above all of them leaves none', async () => {
    const { reading } = await ask(GOOD, { good: one('100.4'), stableGood: one('90') });
    expect(reading).toMatchObject({ known: true, value: { bad: 0, total: 100, stableBad: 10 } });
  });

  it('far above all of them is about other requests', async () => {
    const { reading } = await ask(GOOD, { good: one('300'), stableGood: one('90') });
    expect(reading).toMatchObject({ known: false, reason: 'AmbiguousResult' });
  });

  it('without a series means that none was good: a broken release has never counted one', async () => {
    const { reading } = await ask(GOOD, { good: empty, stableGood: one('100') });
    expect(reading).toMatchObject({ known: true, value: { bad: 100, total: 100, stableBad: 0 } });
  });

  it('without a series on either side is not known: it would blame every release for a typing error', async () => {
    const { reading } = await ask(GOOD, { good: empty, stableGood: empty });
    expect(reading).toEqual({
      known: false,
      reason: 'NoData',
      message: 'objective availability: query good: yields no series on either side; check its labels',
    });
  });
});

describe('a query that nobody wrote', () => {
  it('is named by its metric where it yields nothing', async () => {
    await using prometheus = await startScriptedPrometheus(() => empty);
    const source = createSource({ url: prometheus.url });
    const reading = await source.totals(LATENCY, new AbortController().signal);
    await source.close();
    expect(reading).toEqual({
      known: false,
      reason: 'NoData',
      message:
        'objective availability: query total of candidate (latency_seconds_count): yields no series; ' +
        'check its labels, and that the pods are scraped',
    });
  });
});

describe('a threshold without a bucket', () => {
  const nothing = { good: empty, stableGood: one('100') };

  it('names the boundaries that there are, in order and as thresholds', async () => {
    const buckets = boundaries('+Inf', '1.0', '0.25', '0.5', '10', '0.005');
    const { reading, asked } = await ask(LATENCY, { ...nothing, buckets });
    expect(reading).toEqual({
      known: false,
      reason: 'QueryInvalid',
      message:
        'objective availability: query good of candidate: 300ms is no boundary of a bucket of latency_seconds; ' +
        'these are: 5ms, 250ms, 500ms, 1s, 10s',
    });
    expect(asked).toBe(5);
  });

  it('of a histogram without buckets says what to do about a native one', async () => {
    const { reading } = await ask(LATENCY, nothing);
    expect(reading).toMatchObject({ known: false, reason: 'NoData' });
    expect(reading).toHaveProperty(
      'message',
      expect.stringContaining('latency_seconds_bucket; for a native'),
    );
  });

  it('that is there only now is not known yet', async () => {
    const { reading } = await ask(LATENCY, { ...nothing, buckets: boundaries('0.3', '+Inf') });
    expect(reading).toMatchObject({ known: false, reason: 'NoData' });
    expect(reading).toHaveProperty('message', expect.stringContaining('the bucket of 300ms'));
  });
});
