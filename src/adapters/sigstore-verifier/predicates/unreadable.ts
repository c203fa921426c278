import type { z } from 'zod';

/** A predicate that is not understood, in words for people. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Parses, and names the first field that is wrong. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UnreadableError(`not ${what}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
}

/** The instant in ISO 8601, UTC; undefined for text that is none. */
export function instant(text: string | undefined): string | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** Without the keys that have no value, as exact optional fields want it. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
