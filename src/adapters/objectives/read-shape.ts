import type { z } from 'zod';
import { TranslationError } from './translation-error.ts';

const MAX_SHOWN = 3;

/** What is needed of a document. Throws TranslationError ObjectiveInvalid, naming the fields that are wrong. */
export function readShape<T>(needed: z.ZodType<T>, document: unknown): T {
  const { success, data, error } = needed.safeParse(document);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = problems.length > MAX_SHOWN ? `; and ${problems.length - MAX_SHOWN} more` : '';
  throw new TranslationError('ObjectiveInvalid', problems.slice(0, MAX_SHOWN).join('; ') + more);
}
