import type { SyntaxNode } from '@lezer/common';
import { childrenOf, type Edit, excerpt, nodesOf, type PromqlQuery } from './promql.ts';
import { TranslationError } from './translation-error.ts';

/** The series of one side: they name the variables of a query, which are filled in later. */
const POD_MATCHERS = 'namespace="$namespace",pod=~"$pods"';

/**
 * Edits that narrow every selector of a query to the pods of one side. What the selectors say already goes on
 * counting; a matcher of namespace beside ours does no harm.
 *
 * Throws TranslationError NotSupported for a selector that names pods itself, and for a query that selects nothing.
 */
export function podMatchers({ text, expression }: PromqlQuery): readonly Edit[] {
  const selectors = nodesOf(expression, 'VectorSelector');
  if (selectors.length === 0)
    throw new TranslationError('NotSupported', 'selects no series; it must select those of the pods');
  return selectors.map((selector) => {
    const list = selector.getChild('LabelMatchers');
    if (!list) return insert(selector.to, `{${POD_MATCHERS}}`);
    const last = matchersOf(selector, text).at(-1);
    return last ? insert(last.to, `,${POD_MATCHERS}`) : insert(list.from + 1, POD_MATCHERS);
  });
}

/** The matchers of a query that is one selector, with those of the pods, as they stand between braces. */
export const matchersWithPods = ({ text, expression }: PromqlQuery): string =>
  [...matchersOf(expression, text).map(({ from, to }) => text.slice(from, to)), POD_MATCHERS].join(',');

function matchersOf(selector: SyntaxNode, text: string): readonly SyntaxNode[] {
  const list = selector.getChild('LabelMatchers');
  const matchers = list ? childrenOf(list).filter(({ name }) => name !== 'LineComment') : [];
  if (matchers.every((matcher) => labelOf(matcher, text) !== 'pod')) return matchers;
  throw new TranslationError(
    'NotSupported',
    `"${excerpt(text.slice(selector.from, selector.to))}" selects pods itself, so candidate and stable cannot be told apart; take the matcher of pod out`,
  );
}

const insert = (at: number, text: string): Edit => ({ from: at, to: at, text });

/** A metric may be named in quotes among the matchers; it is no label. */
function labelOf(matcher: SyntaxNode, text: string): string | undefined {
  const [label] = childrenOf(matcher);
  if (!label || !matcher.name.endsWith('LabelMatcher')) return undefined;
  const written = text.slice(label.from, label.to);
  return label.name === 'QuotedLabelName' ? written.slice(1, -1) : written;
}
