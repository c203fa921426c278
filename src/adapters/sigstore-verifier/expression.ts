import { RE2JS } from 're2js';

const CACHE_SIZE = 256;
const compiled = new Map<string, RE2JS>();

/**
 * Whether the whole text matches, in RE2: cosign's expressions and the library's are unanchored, so that
 * `https://host/acme` lets in `https://host/acme-evil`, and JavaScript's own can be made to run for minutes. Throws for
 * an expression that is none.
 */
export function matchesWhole(expression: string, text: string): boolean {
  return compile(expression).matcher(text).matches();
}

/** Throws for an expression that is none. */
export function compile(expression: string): RE2JS {
  const known = compiled.get(expression);
  if (known) return known;
  const fresh = RE2JS.compile(expression);
  if (compiled.size >= CACHE_SIZE) compiled.clear();
  compiled.set(expression, fresh);
  return fresh;
}

/** Why an expression is none; undefined for one that is. */
export function problemOfExpression(expression: string): string | undefined {
  try {
    compile(expression);
    return undefined;
  } catch (error) {
    return `not an RE2 expression: ${(error as Error).message}`;
  }
}
