import type { SyntaxNode } from '@lezer/common';
import { childrenOf, type Edit, excerpt, type PromqlQuery } from './promql.ts';
import { TranslationError } from './translation-error.ts';

/**
 * Degree of homogeneity in the counts: twice the requests make a result of degree 1 twice as large, and leave one of
 * degree 0 as it is. Zero has every degree.
 */
type Degree = number | 'every';

/** Functions of a range that count. rate() is the count in one second, of which increase() makes the whole. */
const COUNTING = new Set(['rate', 'increase', 'sum_over_time', 'count_over_time']);

/** Functions that leave the degree of their first argument as it is. */
const LINEAR = new Set([
  'histogram_count',
  'histogram_sum',
  'label_replace',
  'label_join',
  'scalar',
  'vector',
]);

const SAME_DEGREE = new Set(['Add', 'Sub', 'Or', 'Gtr', 'Gte', 'Lss', 'Lte', 'Eql', 'Neq']);

const NOT_OPERANDS = new Set(['LineComment', 'BoolModifier', 'MatchingModifierClause', 'AggregateModifier']);

/**
 * Edits that make every range of a query the window that is asked about, and every rate and counter an increase over it.
 *
 * Throws TranslationError NotSupported unless the query is linear in its counts: only then is the same query over
 * increases a number of requests where the one over rates is a number a second, and only then do the pods of a side
 * add up. With `counters` a selector that stands by itself is a counter.
 */
export const countingEdits = (query: PromqlQuery, counters: boolean): readonly Edit[] =>
  new LinearCount(query, counters).edits();

class LinearCount {
  readonly #edits: Edit[] = [];
  readonly #expression: SyntaxNode;
  readonly #text: string;
  readonly #counters: boolean;
  readonly #functions = new Set<string>();

  constructor({ text, expression }: PromqlQuery, counters: boolean) {
    this.#text = text;
    this.#expression = expression;
    this.#counters = counters;
  }

  edits(): readonly Edit[] {
    const whole = this.#expression;
    if (this.#degree(whole) !== 1)
      throw this.#refusal(whole, 'is no count of requests; it must be one, such as sum(rate(...))');
    if (this.#functions.has('rate') && this.#functions.size > 1)
      throw this.#refusal(whole, 'adds counts to counts per second; use rate() or increase(), not both');
    return this.#edits;
  }

  #degree(node: SyntaxNode): Degree {
    switch (node.name) {
      case 'ParenExpr':
      case 'UnaryExpr':
        return this.#degree(operandsOf(node).at(-1) ?? node);
      case 'NumberDurationLiteral':
        return Number(this.#textOf(node)) === 0 ? 'every' : 0;
      case 'AggregateExpr':
        return this.#aggregate(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'BinaryExpr':
        return this.#binary(node);
      case 'VectorSelector':
        return this.#counter(node);
      default:
        throw this.#refusal(node, 'looks at another time than the release, or at several; take that out');
    }
  }

  #counter(selector: SyntaxNode): Degree {
    if (!this.#counters)
      throw this.#refusal(selector, 'is one moment and no count; use rate() or increase() over a range');
    this.#functions.add('increase');
    this.#insert(selector.from, 'increase(');
    this.#insert(selector.to, '[$window])');
    return 1;
  }

  #aggregate(node: SyntaxNode): Degree {
    const [operator] = childrenOf(node);
    const [argument] = argumentsOf(node);
    if (operator?.firstChild?.name !== 'Sum' || !argument)
      throw this.#refusal(node, 'does not add requests up; use sum()');
    return this.#degree(argument);
  }

  #call(node: SyntaxNode): Degree {
    const [identifier] = childrenOf(node);
    const [argument] = argumentsOf(node);
    const name = identifier ? this.#textOf(identifier) : '';
    if (identifier && argument && COUNTING.has(name)) return this.#count(name, identifier, argument);
    if (argument && LINEAR.has(name)) return this.#degree(argument);
    if (name === 'histogram_fraction') return this.#fraction(node);
    throw this.#refusal(
      node,
      `uses ${name}(), from which no requests can be counted; use rate() or increase()`,
    );
  }

  #count(name: string, identifier: SyntaxNode, range: SyntaxNode): Degree {
    const duration = range.getChild('DurationExpr');
    if (range.name !== 'MatrixSelector' || !duration)
      throw this.#refusal(range, 'must be a range of a selector, without offset, @ or a subquery');
    this.#functions.add(name);
    if (name === 'rate') this.#edits.push({ from: identifier.from, to: identifier.to, text: 'increase' });
    this.#edits.push({ from: duration.from, to: duration.to, text: '$window' });
    return 1;
  }

  /** A share, whatever its histogram counts. */
  #fraction(node: SyntaxNode): Degree {
    const histogram = argumentsOf(node).at(-1);
    if (!histogram || this.#degree(histogram) !== 1)
      throw this.#refusal(node, 'is no share of a histogram of requests');
    return 0;
  }

  #binary(node: SyntaxNode): Degree {
    const [left, operator, right] = operandsOf(node);
    if (!left || !operator || !right || node.getChild('BoolModifier'))
      throw this.#refusal(node, 'yields 0 or 1 and no count; take bool out');
    const a = this.#degree(left);
    const b = this.#degree(right);
    if (operator.name === 'And' || operator.name === 'Unless') return a;
    if (operator.name === 'Mul') return a === 'every' || b === 'every' ? 'every' : a + b;
    if (operator.name === 'Div' && b !== 'every') return a === 'every' ? a : a - b;
    if (SAME_DEGREE.has(operator.name) && (a === b || a === 'every' || b === 'every'))
      return a === 'every' ? b : a;
    throw this.#refusal(node, 'does not grow with the number of requests; it must be a count of them');
  }

  #insert(at: number, text: string): void {
    this.#edits.push({ from: at, to: at, text });
  }

  #textOf({ from, to }: SyntaxNode): string {
    return this.#text.slice(from, to);
  }

  #refusal(node: SyntaxNode, why: string): TranslationError {
    return new TranslationError('NotSupported', `"${excerpt(this.#textOf(node))}" ${why}`);
  }
}

const operandsOf = (node: SyntaxNode): readonly SyntaxNode[] =>
  childrenOf(node).filter(({ name }) => !NOT_OPERANDS.has(name));

const argumentsOf = (call: SyntaxNode): readonly SyntaxNode[] => {
  const body = call.getChild('FunctionCallBody');
  return body ? operandsOf(body) : [];
};
