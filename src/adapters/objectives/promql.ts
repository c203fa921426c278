import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { oneLine } from '../http/one-line.ts';
import { TranslationError } from './translation-error.ts';

/** Characters of a query, as it is found and as it is sent: what is longer is no query that a person wrote. */
const MAX_QUERY_LENGTH = 8192;

const MAX_EXCERPT_LENGTH = 60;

/** Text that takes the place of what is between two offsets of a query. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A query, its expression, and what is to become of it. */
export interface PromqlQuery {
  readonly text: string;
  readonly expression: SyntaxNode;
}

/** Throws TranslationError ObjectiveInvalid for what is too long, or no PromQL. */
export function parsePromql(text: string): PromqlQuery {
  limitLength(text);
  const { topNode } = parser.parse(text);
  topNode.cursor().iterate(({ type, from }) => {
    if (!type.isError) return;
    const where = from < text.length ? `at "${excerpt(text.slice(from))}"` : 'at its end';
    throw new TranslationError('ObjectiveInvalid', `is no PromQL ${where}`);
  });
  const expression = childrenOf(topNode).find(({ name }) => name !== 'LineComment');
  if (!expression) throw new TranslationError('ObjectiveInvalid', 'is an empty query');
  return { text, expression };
}

/** The expression with the edits made, which do not overlap, and without comments. */
export function edited({ text, expression }: PromqlQuery, edits: readonly Edit[]): string {
  const comments = nodesOf(expression, 'LineComment').map(({ from, to }) => ({ from, to, text: '' }));
  const ordered = [...edits, ...comments].sort((a, b) => a.from - b.from || a.to - b.to);
  const { from, to } = expression;
  let result = '';
  let at = from;
  for (const edit of ordered) {
    result += text.slice(at, edit.from) + edit.text;
    at = edit.to;
  }
  result += text.slice(at, to);
  limitLength(result);
  return result;
}

export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

/** The nodes of that name in an expression, itself among them. */
export function nodesOf(expression: SyntaxNode, name: string): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  expression.cursor().iterate((node) => {
    if (node.name === name) found.push(node.node);
  });
  return found;
}

export const excerpt = (text: string): string => oneLine(text, MAX_EXCERPT_LENGTH);

function limitLength(text: string): void {
  if (text.length <= MAX_QUERY_LENGTH) return;
  throw new TranslationError(
    'ObjectiveInvalid',
    `takes ${text.length} characters, more than ${MAX_QUERY_LENGTH}; put a recording rule in its place that keeps the labels namespace and pod`,
  );
}
