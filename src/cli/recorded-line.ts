import { z } from 'zod';
import { ArtifactRelease } from '../api/artifact-release.ts';
import type { RecordedPass } from '../domain/replay/record.ts';
import { SCHEMA } from '../domain/replay/schema.ts';
import { RecordedObservation } from './recorded-observation.ts';

/** Of a line that this program can read. */
export const Schema = z.literal(SCHEMA, {
  error: ({ input }) => `schema is ${JSON.stringify(input)}, and this program reads ${SCHEMA}`,
});

/** A line `recorded` of the operator. What a newer one adds to an outcome stays in it, so that it is found to differ. */
export const RecordedLine: z.ZodType<RecordedPass> = z
  .object({
    schema: Schema,
    version: z.string().max(64),
    decidedAt: z.iso.datetime(),
    input: z.object({ ...ArtifactRelease.shape, seen: RecordedObservation }),
    outcome: z.object({
      changed: z.record(z.string(), z.unknown()),
      effects: z.array(z.string()),
      notices: z.array(z.record(z.string(), z.unknown())),
    }),
  })
  .transform(({ decidedAt, input: { seen, ...release }, outcome, version }) => ({
    ...{ release, seen, outcome, version },
    now: new Date(decidedAt),
  }));
