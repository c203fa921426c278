import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../../src/api/artifact-release-spec.ts';
import type { SloQuestion } from '../../../../src/ports/slo-source.ts';
import {
  failure,
  matrix,
  type ReceivedQuery,
  result,
  type ScriptedAnswer,
  startScriptedPrometheus,
} from '../../../support/scripted-prometheus.ts';
import { AT, AT_SECONDS, createSource, one, QUESTION } from './harness.ts';

const never = new AbortController().signal;
const QUERY = 'avg(queue{pod=~"$pods"})';

const asking = (metric: Partial<NonNullable<Objective['thresholdMetric']>> = {}): SloQuestion => ({
  ...QUESTION,
  objective: {
    name: 'queue',
    target: '95',
    timeWindow: '30d',
    thresholdMetric: { query: QUERY, op: 'lte', value: '15', ...metric },
  },
});

/** The three whole intervals of 10 s since the start, 37 s before. */
const TIMES = [27, 17, 7].map((age) => AT_SECONDS - age);

/** One value for each of them; `-` is a gap. */
const values = (...texts: readonly string[]): ScriptedAnswer =>
  matrix([
    { values: TIMES.flatMap((time, i) => (texts[i] === '-' ? [] : [[time, `${texts[i]}`] as const])) },
  ]);

const nothing = matrix([]);
const isCandidate = ({ query }: ReceivedQuery): boolean => query.includes('canary');

interface Exchange {
  readonly candidate?: ScriptedAnswer;
  readonly stable?: ScriptedAnswer;
  readonly question?: SloQuestion;
}

async function ask({ candidate = values('1', '2', '3'), stable = candidate, question = asking() }: Exchange) {
  await using prometheus = await startScriptedPrometheus((query) =>
    isCandidate(query) ? candidate : stable,
  );
  const outcomes: string[] = [];
  const source = createSource({ url: prometheus.url }, (outcome) => outcomes.push(outcome));
  const reading = await source.totals(question, never);
  await source.close();
  return { reading, received: prometheus.received, outcomes };
}

describe('a value that must keep a bound', () => {
  it('is asked for once on each side, at whole intervals since the start', async () => {
    const { received, outcomes } = await ask({
      question: asking({ query: 'avg(avg_over_time(queue{pod=~"$pods"}[$window]))' }),
    });
    expect(received).toHaveLength(2);
    for (const { method, path, start, end, step } of received)
      expect({ method, path, start, end, step }).toEqual({
        method: 'POST',
        path: '/api/v1/query_range',
        start: TIMES[0],
        end: TIMES[2],
        step: 10,
      });
    expect(received.map(({ query }) => query).sort()).toEqual([
      'avg(avg_over_time(queue{pod=~"^checkout-[^c].*$"}[10s]))',
      'avg(avg_over_time(queue{pod=~"^checkout-canary-.*$"}[10s]))',
    ]);
    expect(outcomes).toEqual(['Success', 'Success']);
  });

  it('is counted on both sides and compared with that of stable at the same time', async () => {
    const { reading } = await ask({
      candidate: values('5', '20', '30'),
      stable: values('6', '20', '10'),
    });
    expect(reading).toEqual({
      known: true,
      value: { bad: 2, total: 3, stableBad: 1, stableTotal: 3, higher: 1, lower: 1, seconds: 37 },
    });
  });

  it.each([
    { op: 'lte', bad: 1, higher: 2 },
    { op: 'lt', bad: 2, higher: 2 },
    { op: 'gte', bad: 1, higher: 1 },
    { op: 'gt', bad: 2, higher: 1 },
  ] as const)('is good as $op says', async ({ op, bad, higher }) => {
    const { reading } = await ask({
      candidate: values('14', '15', '16'),
      stable: values('14.5', '14.5', '14.5'),
      question: asking({ op }),
    });
    expect(reading).toMatchObject({ value: { bad, higher, lower: 3 - higher } });
  });

  it.each([
    {
      what: 'a gap counts for the other side only',
      candidate: values('20', '-', '1'),
      stable: values('-', '30', '2'),
      value: { bad: 1, total: 2, stableBad: 1, stableTotal: 2, higher: 0, lower: 1 },
    },
    {
      what: 'NaN is a gap',
      candidate: values('NaN', '20', 'NaN'),
      stable: values('1', 'NaN', '1'),
      value: { bad: 1, total: 1, stableBad: 0, stableTotal: 2, higher: 0, lower: 0 },
    },
    {
      what: 'an infinite value is larger or smaller than all others',
      candidate: values('+Inf', '-Inf', '+Inf'),
      stable: values('20', '1', '+Inf'),
      value: { bad: 2, total: 3, stableBad: 2, stableTotal: 3, higher: 1, lower: 1 },
    },
    {
      what: 'nothing is compared where stable has no value',
      candidate: values('1', '20', '3'),
      stable: nothing,
      value: { bad: 1, total: 3, stableBad: 0, stableTotal: 0, higher: 0, lower: 0 },
    },
    {
      what: 'the end may be NaN, which is not that the series has ended',
      candidate: values('1', '2', 'NaN'),
      stable: values('1', '2', '3'),
      value: { total: 2, stableTotal: 3 },
    },
    {
      what: 'a negative value is one',
      candidate: values('-5', '1', '1'),
      stable: values('-4', '1', '1'),
      value: { bad: 0, total: 3, lower: 1 },
    },
  ])('is sampled so that $what', async ({ candidate, stable, value }) => {
    expect((await ask({ candidate, stable })).reading).toMatchObject({ known: true, value });
  });

  it('has nothing to be compared with in a bake, and is told to be sampled all the same', async () => {
    const { stable: _, ...bake } = asking();
    const { reading, received } = await ask({ candidate: values('1', '2', '20'), question: bake });
    expect(received).toHaveLength(1);
    expect(reading).toEqual({
      known: true,
      value: { bad: 1, total: 3, stableBad: 0, stableTotal: 0, higher: 0, lower: 0, seconds: 37 },
    });
  });

  it('is compared by time where a cache has moved both sides to round times', async () => {
    const moved = (...texts: readonly string[]) =>
      matrix([{ values: texts.map((text, i) => [Math.floor(TIMES[i] ?? 0), text] as const) }]);
    const { reading } = await ask({ candidate: moved('1', '5', '2'), stable: moved('2', '1', '2') });
    expect(reading).toMatchObject({ value: { total: 3, higher: 1, lower: 1 } });
  });

  it('is sampled less often where Prometheus would refuse so many points', async () => {
    const day = { from: new Date(AT.getTime() - 86_400_000), windowSeconds: 86_400, intervalSeconds: 1 };
    const { received } = await ask({ question: { ...asking(), ...day } });
    expect(received.map(({ step }) => step)).toEqual([8, 8]);
    expect(received.map(({ start, end }) => (end - start) / 8)).toEqual([10_799, 10_799]);
  });
});

const ofPods = ['a', 'b'].map((pod) => ({ metric: { pod }, values: [[TIMES[2] ?? 0, '1'] as const] }));

describe('a sampled value that is not known', () => {
  it.each([
    { when: 'no series', answer: nothing, reason: 'NoData', message: 'yields no series; check its labels' },
    { when: 'nothing but NaN', answer: values('NaN', 'NaN', 'NaN'), reason: 'NoData', message: 'but NaN' },
    {
      when: 'several series',
      answer: matrix(ofPods),
      reason: 'AmbiguousResult',
      message: 'yields 2 series that differ in pod; wrap it in avg(...)',
    },
    {
      when: 'a histogram',
      answer: result('matrix', [{ metric: {}, histograms: [[AT_SECONDS, {}]] }]),
      reason: 'NotANumber',
      message: 'yields a native histogram',
    },
    { when: 'a vector', answer: one('7'), reason: 'QueryFailed', message: 'is not one of Prometheus' },
    {
      when: 'a refusal',
      answer: failure(400, 'bad_data', 'invalid expression type "range vector"'),
      reason: 'QueryInvalid',
      message: 'Prometheus refuses it: invalid expression type',
    },
    {
      when: 'a query that fails',
      answer: failure(422, 'execution', 'many-to-many matching'),
      reason: 'QueryFailed',
      message: 'it fails as it runs',
    },
    {
      when: '503',
      answer: failure(503, 'timeout', 'late'),
      reason: 'MetricsUnavailable',
      message: '503: late',
    },
    { when: 'no answer', answer: 'reset', reason: 'MetricsUnavailable', message: 'cannot be reached' },
    {
      when: 'an endless answer',
      answer: { status: 200, text: ' '.repeat(1_100_000) },
      reason: 'QueryFailed',
      message: 'longer than 1 MiB',
    },
  ] as const)('on $when is $reason', async ({ answer, reason, message }) => {
    const { reading, outcomes } = await ask({ candidate: answer, stable: values('1', '2', '3') });
    expect(reading).toMatchObject({ known: false, reason });
    expect(reading).toHaveProperty(
      'message',
      expect.stringContaining('objective queue: query of candidate: '),
    );
    expect(reading).toHaveProperty('message', expect.stringContaining(message));
    expect([...outcomes].sort()).toEqual([reason, 'Success'].sort());
  });

  it.each([
    { age: 67, known: true },
    { age: 77, known: false },
  ])('is stale where it has ended a minute ago, not before: $age s', async ({ age, known }) => {
    const question = { ...asking(), from: new Date(AT.getTime() - 97_000), windowSeconds: 97 };
    const candidate = matrix([{ values: [[AT_SECONDS - age, '1']] }]);
    const { reading } = await ask({ candidate, question });
    expect(reading.known).toBe(known);
    if (!known)
      expect(reading).toMatchObject({
        reason: 'StaleData',
        message: expect.stringContaining('query of candidate: has no value since 70 s'),
      });
  });

  it('says what Prometheus warned about, as that may be the cause', async () => {
    const { reading } = await ask({ candidate: matrix([], ['store 10.0.0.7 is not available']) });
    expect(reading).toHaveProperty('message', expect.stringContaining('(Prometheus warns: store 10.0.0.7'));
  });

  it('is not compared with nothing where Prometheus warns that something of stable is missing', async () => {
    const { reading } = await ask({ stable: matrix([], ['store 10.0.0.7 is not available']) });
    expect(reading).toMatchObject({ known: false, reason: 'NoData' });
  });

  it('is NoData until the first interval is over, and asks nothing', async () => {
    const { reading, received } = await ask({ question: { ...asking(), intervalSeconds: 38 } });
    expect(reading).toEqual({
      known: false,
      reason: 'NoData',
      message: 'objective queue: the first sample is taken 38 s after the start',
    });
    expect(received).toHaveLength(0);
  });

  it.each([
    {
      query: 'avg(queue)',
      message: 'is the same for candidate and stable; select the pods with pod=~"$pods"',
    },
    { query: 'avg($pod)', message: 'unknown variable $pod; use $namespace' },
  ])('refuses $query, and asks nothing', async ({ query, message }) => {
    const { reading, received } = await ask({ question: asking({ query }) });
    expect(reading).toMatchObject({ known: false, reason: 'QueryInvalid' });
    expect(reading).toHaveProperty(
      'message',
      expect.stringContaining(`query of thresholdMetric: ${message}`),
    );
    expect(received).toHaveLength(0);
  });
});
