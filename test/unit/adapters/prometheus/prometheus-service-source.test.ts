import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../../src/api/artifact-release-spec.ts';
import {
  failure,
  matrix,
  type ReceivedQuery,
  type Sample,
  type ScriptedAnswer,
  startScriptedPrometheus,
} from '../../../support/scripted-prometheus.ts';
import { AT_SECONDS, createSource, empty, one, QUESTION } from './harness.ts';

const never = new AbortController().signal;

const SERVICE = {
  source: 'default',
  objective: QUESTION.objective,
  namespace: 'shop',
  workload: 'checkout',
  track: '(canary|stable)' as const,
  pods: 'checkout-.*',
  workloads: '(checkout|checkout-canary)',
  digest: QUESTION.digest,
  windowSeconds: 190,
  intervalSeconds: 30,
  at: QUESTION.at,
};
const QUEUE: Objective = {
  name: 'queue',
  target: '95',
  timeWindow: '30d',
  thresholdMetric: { query: 'avg(queue{pod=~"$pods",track=~"$track"})', op: 'lte', value: '15' },
};
const SLICES = { ...SERVICE, sliceSeconds: 60 };

/** Values by their age in seconds. */
const aged = (byAge: Readonly<Record<number, string>>): ScriptedAnswer => {
  const values = Object.entries(byAge).map(([age, text]): Sample => [AT_SECONDS - Number(age), text]);
  return matrix([{ values: values.sort(([a], [b]) => a - b) }]);
};
const nothing = matrix([]);

interface Answers {
  readonly bad?: ScriptedAnswer;
  readonly all: ScriptedAnswer;
}

type Service = ReturnType<typeof createSource>['service'];

async function ask<T>({ bad = nothing, all }: Answers, question: (service: Service) => Promise<T>) {
  const isBad = ({ query }: ReceivedQuery): boolean => query.includes('code');
  await using prometheus = await startScriptedPrometheus((query) => (isBad(query) ? bad : all));
  const outcomes: string[] = [];
  const source = createSource({ url: prometheus.url }, (outcome) => outcomes.push(outcome));
  const reading = await question(source.service);
  await source.close();
  return { reading, received: prometheus.received, outcomes };
}

const counts = (answers: Answers, objective = SERVICE.objective) =>
  ask(answers, (service) => service.counts({ ...SERVICE, objective }, never));
const slices = (answers: Answers, question = SLICES) =>
  ask(answers, (service) => service.slices(question, never));

describe('the counts of a whole service', () => {
  it('are those of all its pods over the window', async () => {
    const { reading, received, outcomes } = await counts({ bad: one('3'), all: one('900') });
    expect(reading).toEqual({ known: true, value: { bad: 3, total: 900 } });
    expect(received.map(({ query, time }) => ({ query, time }))).toContainEqual({
      query: 'sum(increase(requests{ns="shop",pod=~"checkout-.*"}[190s]))',
      time: AT_SECONDS,
    });
    expect(outcomes).toEqual(['Success', 'Success']);
  });

  it.each([
    { when: 'nothing is counted', answers: { bad: empty, all: empty }, reason: 'NoData', name: 'total' },
    {
      when: 'Prometheus is down',
      answers: { bad: failure(503, 'timeout', 'late'), all: one('9') },
      reason: 'MetricsUnavailable',
      name: 'bad',
    },
  ])('are not known where $when', async ({ answers, reason, name }) => {
    const { reading } = await counts(answers);
    expect(reading).toMatchObject({ known: false, reason });
    expect(reading).toHaveProperty(
      'message',
      expect.stringContaining(`objective availability: query ${name} of service: `),
    );
  });

  it('are samples of a value, every interval back from now', async () => {
    const { reading, received } = await counts(
      { all: aged({ 120: '20', 60: 'NaN', 30: '16', 0: '1' }) },
      QUEUE,
    );
    expect(reading).toEqual({ known: true, value: { bad: 2, total: 3 } });
    expect(received).toMatchObject([
      {
        query: 'avg(queue{pod=~"checkout-.*",track=~"(canary|stable)"})',
        start: AT_SECONDS - 180,
        end: AT_SECONDS,
        step: 30,
      },
    ]);
  });
});

describe('the slices of a whole service', () => {
  it('are counted by one query each for the bad and for all, the oldest first', async () => {
    const { reading, received } = await slices({
      bad: aged({ 60: '2' }),
      all: aged({ 120: '100', 60: '110', 0: '120' }),
    });
    expect(reading).toEqual({
      known: true,
      value: [
        { bad: 0, total: 100 },
        { bad: 2, total: 110 },
        { bad: 0, total: 120 },
      ],
    });
    expect(received).toHaveLength(2);
    for (const { path, start, end, step } of received)
      expect({ path, start, end, step }).toEqual({
        path: '/api/v1/query_range',
        start: AT_SECONDS - 120,
        end: AT_SECONDS,
        step: 60,
      });
    expect(received.map(({ query }) => query)).toContain(
      'sum(increase(requests{ns="shop",pod=~"checkout-.*"}[60s]))',
    );
  });

  it('have no requests where there is no series', async () => {
    const { reading } = await slices({ all: aged({ 60: '110' }) });
    expect(reading).toMatchObject({ value: [{ total: 0 }, { bad: 0, total: 110 }, { total: 0 }] });
  });

  it('are counted from the good requests where those are what the objective counts', async () => {
    const total = { query: 'sum(increase(requests{pod=~"$pods"}[$window]))' };
    const good = { query: 'sum(increase(requests{pod=~"$pods",code="200"}[$window]))' };
    const objective = { ...SERVICE.objective, ratioMetric: { good, total } };
    const { reading } = await slices(
      { bad: aged({ 120: '99.5', 60: '110', 0: '120' }), all: aged({ 120: '100', 60: '110', 0: '120' }) },
      { ...SLICES, objective },
    );
    expect(reading).toMatchObject({ value: [{ bad: 0.5 }, { bad: 0 }, { bad: 0 }] });
  });

  it('of a value hold as many samples as intervals fall into them', async () => {
    const all = aged({ 150: '1', 120: '20', 60: '1', 30: '20', 0: '20' });
    const { reading, received } = await slices({ all }, { ...SLICES, objective: QUEUE });
    expect(reading).toEqual({
      known: true,
      value: [
        { bad: 1, total: 2 },
        { bad: 0, total: 1 },
        { bad: 2, total: 2 },
      ],
    });
    expect(received).toMatchObject([{ start: AT_SECONDS - 150, end: AT_SECONDS, step: 30 }]);
  });

  it.each([
    {
      when: 'there is no series at all',
      all: nothing,
      reason: 'NoData',
      message: 'query total of service: yields no',
    },
    { when: 'one is NaN', all: aged({ 60: '5', 0: 'NaN' }), reason: 'NotANumber', message: 'yields NaN' },
    {
      when: 'there are several series',
      all: matrix(['a', 'b'].map((pod) => ({ metric: { pod }, values: [[AT_SECONDS, '1']] }))),
      reason: 'AmbiguousResult',
      message: 'differ in pod; wrap it in sum(...)',
    },
  ])('are not known where $when', async ({ all, reason, message }) => {
    const { reading } = await slices({ all });
    expect(reading).toMatchObject({ known: false, reason });
    expect(reading).toHaveProperty('message', expect.stringContaining(message));
  });

  it('are not known where nothing is bad and Prometheus warns that something is missing', async () => {
    const bad = matrix([], ['store 10.0.0.7 is not available']);
    const { reading } = await slices({ bad, all: aged({ 0: '50' }) });
    expect(reading).toMatchObject({ known: false, reason: 'NoData' });
  });

  it('are ambiguous where far more requests are bad than there are', async () => {
    const { reading } = await slices({ bad: aged({ 0: '90' }), all: aged({ 0: '50' }) });
    expect(reading).toMatchObject({ known: false, reason: 'AmbiguousResult' });
    expect(reading).toHaveProperty('message', expect.stringContaining('service has 90 bad of 50'));
  });
});
