import { z } from 'zod';
import manifest from '../../../package.json' with { type: 'json' };

/** The form of the lines that are logged to be computed again. It changes when an old line can no longer be read as a new one. */
export const SCHEMA = 1;

/** Version of this program: another one may decide otherwise. */
export const PROGRAM = manifest.version;

/** Of a line that this program can read. */
export const Schema = z.literal(SCHEMA, {
  error: ({ input }) => `schema is ${JSON.stringify(input)}, and this program reads ${SCHEMA}`,
});
