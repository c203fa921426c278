import { describe, expect, it } from 'vitest';
import { failure, result, scalar, vector } from '../../../support/scripted-prometheus.ts';
import { AT_SECONDS, ask, empty, one } from './harness.ts';

const codes = ['500', '503'].map((code) => ({
  metric: { code, pod: 'a', job: 'web' },
  value: '1',
  time: AT_SECONDS,
}));

describe('a count that is not known', () => {
  it.each([
    {
      when: 'the total of the candidate is empty',
      name: 'total of candidate',
      answer: empty,
      reason: 'NoData',
      message: 'yields no series; check its labels',
    },
    {
      when: 'NaN',
      name: 'bad of candidate',
      answer: one('NaN'),
      reason: 'NotANumber',
      message: 'yields NaN',
    },
    {
      when: '+Inf',
      name: 'total of stable',
      answer: one('+Inf'),
      reason: 'NotANumber',
      message: 'yields +Inf',
    },
    {
      when: '-Inf',
      name: 'bad of stable',
      answer: scalar(AT_SECONDS, '-Inf'),
      reason: 'NotANumber',
      message: 'yields -Inf',
    },
    {
      when: 'a negative number',
      name: 'bad of candidate',
      answer: one('-1'),
      reason: 'NotANumber',
      message: 'yields -1',
    },
    {
      when: 'several series',
      name: 'bad of candidate',
      answer: vector(codes),
      reason: 'AmbiguousResult',
      message: 'yields 2 series that differ in code; wrap it in sum(...)',
    },
    {
      when: 'a matrix',
      name: 'bad of candidate',
      answer: result('matrix', []),
      reason: 'QueryInvalid',
      message: 'yields a matrix, not one number',
    },
    {
      when: 'a string',
      name: 'total of candidate',
      answer: result('string', [AT_SECONDS, 'x']),
      reason: 'QueryInvalid',
      message: 'yields a string',
    },
    {
      when: 'a histogram',
      name: 'total of candidate',
      answer: result('vector', [{ metric: {}, histogram: [AT_SECONDS, {}] }]),
      reason: 'NotANumber',
      message: 'histogram_count(...)',
    },
    {
      when: 'an old sample',
      name: 'total of candidate',
      answer: scalar(AT_SECONDS - 61, '5'),
      reason: 'StaleData',
      message: 'newest sample is 61 s old',
    },
    {
      when: 'a query that does not parse',
      name: 'bad of candidate',
      answer: failure(400, 'bad_data', 'parse error: unexpected\n "]"'),
      reason: 'QueryInvalid',
      message: 'Prometheus refuses it: parse error: unexpected "]"',
    },
    {
      when: 'a query that fails',
      name: 'bad of stable',
      answer: failure(422, 'execution', 'many-to-many matching'),
      reason: 'QueryFailed',
      message: 'fails as it runs: many-to-many matching',
    },
    {
      when: 'something that is not Prometheus',
      name: 'bad of candidate',
      answer: { status: 200, text: '<html>' },
      reason: 'QueryFailed',
      message: 'the answer is not one of Prometheus',
    },
    {
      when: 'another JSON',
      name: 'bad of candidate',
      answer: { status: 200, text: '{"status":"success","data":[]}' },
      reason: 'QueryFailed',
      message: 'the answer is not one of Prometheus',
    },
    {
      when: '401',
      name: 'total of candidate',
      answer: { status: 401, text: 'no' },
      reason: 'MetricsUnavailable',
      message: '401; check the credentials',
    },
    {
      when: '403',
      name: 'total of candidate',
      answer: { status: 403, text: 'no' },
      reason: 'MetricsUnavailable',
      message: '403; these credentials',
    },
    {
      when: 'more than can be counted',
      name: 'total of candidate',
      answer: one('1e+300'),
      reason: 'NotANumber',
      message: 'yields 1e+300; it must be a count',
    },
    {
      when: '404',
      name: 'total of candidate',
      answer: { status: 404, text: 'no' },
      reason: 'MetricsUnavailable',
      message: '404; there is no Prometheus API',
    },
    {
      when: '429',
      name: 'total of candidate',
      answer: { status: 429, text: 'no' },
      reason: 'MetricsUnavailable',
      message: '429; too many queries',
    },
    {
      when: '405',
      name: 'total of candidate',
      answer: { status: 405, text: 'no' },
      reason: 'MetricsUnavailable',
      message: 'Prometheus answers 405',
    },
    {
      when: 'a redirect',
      name: 'total of candidate',
      answer: { status: 302, text: '', headers: { location: '/login' } },
      reason: 'MetricsUnavailable',
      message: 'the url redirects (302)',
    },
    {
      when: '503',
      name: 'total of candidate',
      answer: failure(503, 'timeout', 'query timed out'),
      reason: 'MetricsUnavailable',
      message: 'answers 503: query timed out',
    },
    {
      when: 'an endless answer',
      name: 'bad of candidate',
      answer: { status: 200, text: ' '.repeat(1_100_000) },
      reason: 'QueryFailed',
      message: 'longer than 1 MiB',
    },
  ] as const)('on $when is $reason', async ({ name, answer, reason, message }) => {
    const { reading, outcomes } = await ask({ answers: { [name]: answer } });
    expect(reading).toMatchObject({ known: false, reason });
    expect(reading).toHaveProperty(
      'message',
      expect.stringContaining(`objective availability: query ${name}: `),
    );
    expect(reading).toHaveProperty('message', expect.stringContaining(message));
    expect([...outcomes].sort()).toEqual([reason, 'Success', 'Success', 'Success'].sort());
  });

  it('is ambiguous when far more requests are bad than there are', async () => {
    const { reading } = await ask({ answers: { 'bad of stable': one('90'), 'total of stable': one('50') } });
    expect(reading).toMatchObject({ known: false, reason: 'AmbiguousResult' });
    expect(reading).toHaveProperty('message', expect.stringContaining('stable has 90 bad of 50 in total'));
  });

  it('says what Prometheus warned about, as that may be the cause', async () => {
    const answer = vector([], ['store 10.0.0.7 is not available']);
    const { reading } = await ask({ answers: { 'total of candidate': answer } });
    expect(reading).toHaveProperty('message', expect.stringContaining('(Prometheus warns: store 10.0.0.7'));
  });

  it.each([
    'bad of candidate',
    'bad of stable',
    'total of stable',
  ] as const)('takes an empty answer of %s for no zero where Prometheus warns that something is missing', async (name) => {
    const { reading } = await ask({ answers: { [name]: vector([], ['store 10.0.0.7 is not available']) } });
    expect(reading).toMatchObject({ known: false, reason: 'NoData' });
    expect(reading).toHaveProperty('message', expect.stringContaining(`query ${name}: yields no series`));
  });

  it('names six differing labels, then how many there are', async () => {
    const metric = (value: string) => Object.fromEntries([...'abcdefgh'].map((label) => [label, value]));
    const series = ['1', '2'].map((value) => ({ metric: metric(value), value, time: AT_SECONDS }));
    const { reading } = await ask({ answers: { 'bad of candidate': vector(series) } });
    expect(reading).toHaveProperty('message', expect.stringContaining('a, b, c, d, e, f and 2 more'));
  });

  it('cuts long words of Prometheus short', async () => {
    const answer = failure(400, 'bad_data', 'x'.repeat(10_000));
    const { reading } = await ask({ answers: { 'bad of candidate': answer } });
    expect(reading.known ? 0 : reading.message.length).toBeLessThan(450);
  });

  it('names the candidate before stable and the total before the bad, so that the message is stable', async () => {
    const answer = failure(400, 'bad_data', 'no');
    const answers = { 'total of candidate': answer, 'bad of candidate': answer, 'total of stable': answer };
    const { reading } = await ask({ answers });
    expect(reading).toHaveProperty('message', expect.stringContaining('query total of candidate'));
  });
});
