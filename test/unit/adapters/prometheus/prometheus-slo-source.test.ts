import { describe, expect, it } from 'vitest';
import { PrometheusConfig } from '../../../../src/adapters/prometheus/prometheus-config.ts';
import { PrometheusSloSource } from '../../../../src/adapters/prometheus/prometheus-slo-source.ts';
import { PrometheusSources } from '../../../../src/adapters/prometheus/prometheus-sources.ts';
import { scalar } from '../../../support/scripted-prometheus.ts';
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
