import { describe, expect, it } from 'vitest';
import { PrometheusConfig } from '../../../../src/adapters/prometheus/prometheus-config.ts';
import { PrometheusSloSource } from '../../../../src/adapters/prometheus/prometheus-slo-source.ts';
import { PrometheusSources } from '../../../../src/adapters/prometheus/prometheus-sources.ts';
import { failure, result, scalar, vector } from '../../../support/scripted-prometheus.ts';
import { AT_SECONDS, ask, asking, empty, nameOf, one, QUESTION } from './harness.ts';

const { stable: _, ...BAKE } = QUESTION;

describe('the counts of both sides', () => {
  it('are four queries at the time and over the window of the question', async () => {
    const { reading, prometheus, outcomes } = await ask({});
    expect(reading).toEqual({
      known: true,
      value: { bad: 1, total: 100, stableBad: 2, stableTotal: 900, seconds: 37 },
    });
    expect(prometheus.received.map(nameOf).sort()).toEqual([
      'bad of candidate',
      'bad of stable',
      'total of candidate',
      'total of stable',
    ]);
    expect(new Set(prometheus.received.map(({ time }) => time))).toEqual(new Set([AT_SECONDS]));
    expect(prometheus.received.map(({ query }) => query)).toContain(
      'sum(increase(requests{ns="shop",pod=~"^checkout-canary-.*$",code=~"5..$"}[37s]))',
    );
    expect(outcomes).toEqual(['Success', 'Success', 'Success', 'Success']);
  });

  it('are two queries and zeros where there is no stable side', async () => {
    const { reading, prometheus } = await ask({ question: BAKE });
    expect(reading).toMatchObject({ value: { bad: 1, total: 100, stableBad: 0, stableTotal: 0 } });
    expect(prometheus.received).toHaveLength(2);
  });

  it('may be scalars, and are rounded to three decimals', async () => {
    const { reading } = await ask({
      answers: {
        'bad of candidate': scalar(AT_SECONDS, '1.0344827586'),
        'total of candidate': one('1.2345678e+03'),
      },
    });
    expect(reading).toMatchObject({ value: { bad: 1.034, total: 1234.568 } });
  });

  it.each([
    { when: 'no bad series', answers: { 'bad of candidate': empty }, value: { bad: 0, total: 100 } },
    { when: 'no bad series of stable', answers: { 'bad of stable': empty }, value: { stableBad: 0 } },
    {
      when: 'no series of stable',
      answers: { 'bad of stable': empty, 'total of stable': empty },
      value: { stableBad: 0, stableTotal: 0 },
    },
    {
      when: 'a total of 0',
      answers: { 'bad of candidate': empty, 'total of candidate': one('0') },
      value: { bad: 0, total: 0 },
    },
    {
      when: 'bad a little above total',
      answers: { 'bad of candidate': one('12.1'), 'total of candidate': one('11') },
      value: { bad: 11, total: 11 },
    },
    {
      when: 'a sample just young enough',
      answers: { 'bad of candidate': scalar(AT_SECONDS - 60, '3') },
      value: { bad: 3 },
    },
  ])('are known with $when', async ({ answers, value }) => {
    expect((await ask({ answers })).reading).toMatchObject({ known: true, value });
  });
});

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

describe('a question that cannot be asked', () => {
  it('names an unknown variable and those there are, and asks nothing', async () => {
    const { reading, prometheus } = await ask({ question: asking('sum($pod)', 'sum($pods)') });
    expect(reading).toMatchObject({ known: false, reason: 'QueryInvalid' });
    expect(reading).toHaveProperty(
      'message',
      'objective availability: query bad: unknown variable $pod; use $namespace $workload $track $pods $workloads $digest $window',
    );
    expect(prometheus.received).toHaveLength(0);
  });

  it('refuses a query that does not tell candidate from stable', async () => {
    const question = asking('sum(bad{pod=~"$pods"})', 'sum(total{ns="$namespace"})');
    const { reading } = await ask({ question });
    expect(reading).toMatchObject({ known: false, reason: 'QueryInvalid' });
    expect(reading).toHaveProperty(
      'message',
      expect.stringContaining('query total: is the same for candidate'),
    );
    const { stable, ...alone } = question;
    expect(stable).toBeDefined();
    expect((await ask({ question: alone })).reading.known).toBe(true);
  });

  it('names the source that is not configured, and those that are', async () => {
    const config = PrometheusConfig.parse({ url: 'http://127.0.0.1:1' });
    const observer = { queryFinished: () => undefined };
    const signal = new AbortController().signal;
    const two = new PrometheusSloSource(new PrometheusSources({ eu: config, us: config }, observer));
    expect(await two.totals(QUESTION, signal)).toEqual({
      known: false,
      reason: 'SourceNotFound',
      message: 'source default is not configured; the configured ones are eu, us',
    });
    const none = await new PrometheusSloSource(new PrometheusSources({}, observer)).totals(QUESTION, signal);
    expect(none).toHaveProperty('message', expect.stringContaining('--prometheus <url>'));
  });
});
