import { describe, expect, it } from 'vitest';
import { countQuery, valueQuery } from '../../../../src/adapters/objectives/count-query.ts';

const PODS = 'namespace="$namespace",pod=~"$pods"';
const rates = (query: string) => countQuery(query, { counters: false });
const counters = (query: string) => countQuery(query, { counters: true });

describe('a query of rates', () => {
  it.each([
    [
      'with a window of Sloth',
      'sum(rate(a{b="c"}[{{.window}}]))',
      `sum(increase(a{b="c",${PODS}}[$window]))`,
    ],
    ['with a range of its own', 'sum(rate(a[5m]))', `sum(increase(a{${PODS}}[$window]))`],
    ['that are counts already', 'sum(increase(a[{{ .window }}]))', `sum(increase(a{${PODS}}[$window]))`],
    ['or else zero', 'sum(rate(a[5m])) or vector(0)', `sum(sum(increase(a{${PODS}}[$window])) or vector(0))`],
    [
      'less other rates',
      'sum(rate(a{}[5m])) - sum(rate(b[5m]))',
      `sum(sum(increase(a{${PODS}}[$window])) - sum(increase(b{${PODS}}[$window])))`,
    ],
    [
      'of a share of a native histogram',
      '(1 - histogram_fraction(0, 1, sum(rate(h[5m])))) * histogram_count(sum(rate(h[5m])))',
      `sum((1 - histogram_fraction(0, 1, sum(increase(h{${PODS}}[$window])))) * histogram_count(sum(increase(h{${PODS}}[$window]))))`,
    ],
    ['by group', 'sum by (route) (rate(a[5m]))', `sum(sum by (route) (increase(a{${PODS}}[$window])))`],
    ['with comments', 'sum(rate(a{ # }\n}[5m])) # end', `sum(increase(a{${PODS} \n}[$window]))`],
    [
      'of a namespace',
      'sum(rate(a{namespace="shop",}[5m]))',
      `sum(increase(a{namespace="shop",${PODS},}[$window]))`,
    ],
  ])('%s becomes one of counts, for the pods of a side', (_, query, expected) => {
    expect(rates(query)).toBe(expected);
  });

  it.each([
    ['a ratio', 'sum(rate(a[5m])) / sum(rate(b[5m]))', 'is no count of requests'],
    ['a threshold', 'sum(rate(a[5m]) > 0.1)', 'does not grow with the number of requests'],
    ['a yes or no', 'sum(rate(a[5m])) > bool 0', 'yields 0 or 1'],
    ['an average', 'avg(rate(a[5m]))', 'does not add requests up'],
    ['the last two samples', 'sum(irate(a[5m]))', 'uses irate()'],
    ['one moment', 'sum(a)', 'is one moment and no count'],
    ['another time', 'sum(rate(a[5m] offset 1h))', 'without offset'],
    ['several times', 'sum(rate(a[5m:1m]))', 'a subquery'],
    ['a moment for all', 'sum(rate(a[5m])) @ 5', 'looks at another time'],
    ['rates beside counts', 'sum(rate(a[5m])) + sum(increase(b[5m]))', 'not both'],
    ['no series', 'vector(1)', 'selects no series'],
    ['pods of its own', 'sum(rate(a{pod="x"}[5m]))', 'take the matcher of pod out'],
    ['pods of its own, in quotes', `sum(rate(a{'pod'=~"x"}[5m]))`, 'take the matcher of pod out'],
    ['a variable', 'sum(rate(a{b="$pods"}[5m]))', 'holds $pods'],
    ['another action of a template', 'sum(rate(a{b="{{.service}}"}[5m]))', 'only {{.window}} is filled in'],
    ['half a query', 'sum(rate(a[5m])', 'is no PromQL at its end'],
    ['another language', 'SELECT * FROM a', 'is no PromQL at "a"'],
    ['nothing', '', 'is no PromQL'],
    ['too much text', `sum(rate(a{b="${'x'.repeat(8200)}"}[5m]))`, 'more than 8192'],
  ])('is refused with %s', (_, query, problem) => {
    expect(() => rates(query)).toThrow(problem);
  });
});

describe('a counter', () => {
  it.each([
    ['a', `sum(increase(a{${PODS}}[$window]))`],
    ['{"a.b","c.d"="e"}', `sum(increase({"a.b","c.d"="e",${PODS}}[$window]))`],
    ['{"pod"}', `sum(increase({"pod",${PODS}}[$window]))`],
    ['sum(a{b!="c"})', `sum(increase(a{b!="c",${PODS}}[$window]))`],
  ])('%s is counted by its increase', (query, expected) => {
    expect(counters(query)).toBe(expected);
  });
});

describe('a query of a value', () => {
  it('keeps its ranges, and is about the pods of a side', () => {
    expect(valueQuery('max(avg_over_time(queue_length[5m]))')).toBe(
      `max(avg_over_time(queue_length{${PODS}}[5m]))`,
    );
  });
});
