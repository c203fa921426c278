import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countQuery } from '../../src/adapters/objectives/count-query.ts';
import { nodesOf, parsePromql } from '../../src/adapters/objectives/promql.ts';
import { renderQuery } from '../../src/adapters/prometheus/query-template.ts';

const metric = fc.constantFrom(
  'requests_total',
  'http:errors',
  'x',
  'sum_of',
  '{"with.dots"}',
  '{__name__="y"}',
);
const value = fc
  .stringMatching(/^[a-z0-9.|{}() $#-]{0,8}$/)
  .filter((text) => !/\$[a-z]|\$\{[a-z]+\}|\{\{/.test(text));
const matcher = fc
  .tuple(
    fc.constantFrom('job', 'code', 'namespace', '"quoted.label"'),
    fc.constantFrom('=', '!=', '=~', '!~'),
    value,
  )
  .map(([label, operator, text]) => `${label}${operator}"${text}"`);

/** `a{b="c"}`, also without matchers, without braces, with a comma at the end, and with a comment. */
const selector = fc
  .tuple(metric, fc.array(matcher, { maxLength: 3 }), fc.constantFrom('', ',', ' # {pod="no"}\n'))
  .map(([name, matchers, end]) => {
    const named = name.startsWith('{') ? [name.slice(1, -1), ...matchers] : matchers;
    const ends = named.length === 0 && end === ',' ? '' : end;
    return name.startsWith('{')
      ? `{${named.join(', ')}${ends}}`
      : `${name}${named.length > 0 || ends !== '' ? `{${named.join(', ')}${ends}}` : ''}`;
  });

const rate = fc
  .tuple(selector, fc.constantFrom('5m', '{{.window}}', '1h30m'))
  .map(([series, range]) => `rate(${series}[${range}])`);

const { count } = fc.letrec<{ count: string }>((tie) => ({
  count: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    rate.map((rates) => `sum(${rates})`),
    tie('count').map((inner) => `sum by (route) (${inner})`),
    tie('count').map((inner) => `(${inner})`),
    tie('count').map((inner) => `(${inner} or vector(0))`),
    tie('count').map((inner) => `2 * (${inner})`),
    fc.tuple(tie('count'), tie('count')).map(([a, b]) => `(${a}) + (${b})`),
    fc.tuple(tie('count'), tie('count')).map(([a, b]) => `(${a}) * ((${b}) / (${a}))`),
  ),
}));

const rendered = (query: string): string =>
  renderQuery(query, { namespace: 'shop', pods: 'checkout-canary-[a-z0-9]+', window: '300s' });

describe('a query that is linear in its rates', () => {
  it('is PromQL again, with the pods of the side in every selector and the window in every range', () => {
    fc.assert(
      fc.property(count, (foreign) => {
        const { text, expression } = parsePromql(rendered(countQuery(foreign, { counters: false })));
        const selectors = nodesOf(expression, 'VectorSelector').map(({ from, to }) => text.slice(from, to));
        expect(selectors).toHaveLength(foreign.split('rate(').length - 1);
        for (const one of selectors)
          expect(one).toContain('namespace="shop",pod=~"checkout-canary-[a-z0-9]+"');
        const ranges = nodesOf(expression, 'DurationExpr').map(({ from, to }) => text.slice(from, to));
        expect(ranges).toEqual(selectors.map(() => '300s'));
        expect(text).not.toMatch(/\brate\(/);
      }),
      { numRuns: 150 },
    );
  });

  it('is refused once a selector in it names pods', () => {
    fc.assert(
      fc.property(count, selector, (foreign, series) => {
        const pinned =
          series.includes('#') || !series.includes('{') ? 'x{pod="a"}' : series.replace('{', '{pod="a",');
        expect(() =>
          countQuery(`(${foreign}) + sum(rate(${pinned.replace(',}', '}')}[5m]))`, { counters: false }),
        ).toThrow('selects pods itself');
      }),
      { numRuns: 100 },
    );
  });
});
