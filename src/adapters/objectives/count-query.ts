import type { SyntaxNode } from '@lezer/common';
import { countingEdits } from './linear-count.ts';
import { matchersWithPods, podMatchers } from './pod-matchers.ts';
import { edited, nodesOf, type PromqlQuery, parsePromql } from './promql.ts';
import { TranslationError } from './translation-error.ts';

/** What Sloth writes where a window of its own is filled in: an action of a Go template. */
const WINDOW_ACTION = /\{\{-?\s*\.window\s*-?\}\}/g;

/** Stands for that window while the query is parsed; every range is replaced. */
const ANY_DURATION = '1s';

/** `$name` or `${name}`, as the variables of our own queries are written. */
const VARIABLE = /\$(?:\{[A-Za-z_]\w*\}|[A-Za-z_]\w*)/;

/**
 * The query of ours that counts, for the pods of one side and over `$window`, what another one measures.
 *
 * Rates become counts by asking for the increase over the same range; that is right exactly for queries that are
 * linear in their rates, and no others are taken. With `counters` a selector that stands by itself is a counter.
 *
 * Throws TranslationError ObjectiveInvalid for what is no PromQL, NotSupported for what cannot be counted so.
 */
export function countQuery(foreign: string, { counters }: { readonly counters: boolean }): string {
  const query = parsePromql(withoutVariables(foreign.replace(WINDOW_ACTION, ANY_DURATION)));
  // Matchers belong to a selector, and stand before the range that it is given.
  const counted = edited(query, [...podMatchers(query), ...countingEdits(query, counters)]);
  return isWholeSum(query) ? counted : `sum(${counted})`;
}

/** The query of ours that reads, for the pods of one side, the value that another one reads. Ranges stay. */
export function valueQuery(foreign: string): string {
  const query = parsePromql(withoutVariables(foreign));
  return edited(query, podMatchers(query));
}

/** The metric and the matchers, without braces and with those of the pods, of a query that is one selector. */
export function plainSelector(foreign: string): { readonly metric: string; readonly matchers: string } {
  const query = parsePromql(withoutVariables(foreign));
  const metric = query.expression.getChild('Identifier');
  if (query.expression.name !== 'VectorSelector' || !metric)
    throw new TranslationError('NotSupported', 'must be the name of a metric, with matchers at most');
  return { metric: query.text.slice(metric.from, metric.to), matchers: matchersWithPods(query) };
}

function withoutVariables(text: string): string {
  if (text.includes('{{'))
    throw new TranslationError('NotSupported', 'has a template action; only {{.window}} is filled in here');
  const [variable] = VARIABLE.exec(text) ?? [];
  if (variable !== undefined)
    throw new TranslationError('NotSupported', `holds ${variable}, which would be a variable here`);
  return text;
}

const isWholeSum = ({ expression }: PromqlQuery): boolean =>
  expression.name === 'AggregateExpr' && !expression.getChild('AggregateModifier') && isSum(expression);

const isSum = (aggregate: SyntaxNode): boolean =>
  nodesOf(aggregate, 'AggregateOp')[0]?.firstChild?.name === 'Sum';
