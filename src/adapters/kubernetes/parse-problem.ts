import type { z } from 'zod';

const MAX_SHOWN = 3;

/** `spec.artifact.digest: Invalid string`, the first three of them. */
export function parseProblem(error: z.ZodError): string {
  const shown = error.issues.slice(0, MAX_SHOWN).map(({ path, message }) => `${path.join('.')}: ${message}`);
  const more = error.issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
