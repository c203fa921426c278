import { QueryError } from './query-error.ts';

/** Values by variable name, without the dollar sign. */
export type QueryVariables = Readonly<Record<string, string>>;

/**
 * `$name` or `${name}`. A dollar sign before anything else is PromQL's: the end of a regular expression, or the
 * `$1` of label_replace.
 */
const VARIABLE = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/** Quotes of any kind and control characters would end the PromQL string that a value stands in. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it must find
const UNSAFE = /["'`\u0000-\u001f\u007f]/;

/**
 * Puts the values into a PromQL query, in one pass, so that a value which looks like a variable stays as it is.
 * Backslashes are doubled: values are meant to stand in a double-quoted string, where PromQL unescapes them.
 *
 * Throws QueryError QueryInvalid for an unknown variable, and for a value that would end the string it is in.
 */
export function renderQuery(template: string, variables: QueryVariables): string {
  return template.replace(VARIABLE, (variable: string, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) throw new QueryError('QueryInvalid', unknownVariable(variable, variables));
    if (UNSAFE.test(value)) throw new QueryError('QueryInvalid', `the value of ${variable} contains a quote`);
    return value.replaceAll('\\', '\\\\');
  });
}

function unknownVariable(variable: string, variables: QueryVariables): string {
  const names = Object.keys(variables).map((name) => `$${name}`);
  return `unknown variable ${variable}; use ${names.join(' ')}`;
}
