import { z } from 'zod';
import { ArtifactRelease, GROUP } from '../../api/artifact-release.ts';
import type { Decision } from '../decide.ts';
import type { Observation } from '../observation.ts';
import { without } from '../situation.ts';
import { PROGRAM, SCHEMA, Schema } from './form.ts';
import { plain, RecordedObservation } from './recorded-observation.ts';

/** One pass: everything that its decision read. */
export interface Input {
  readonly release: ArtifactRelease;
  readonly seen: Observation;
  readonly now: Date;
}

/** What a pass stores, does and says. The effects follow from the status and from what was seen, so their kinds are enough. */
export interface Outcome {
  readonly status: object;
  readonly effects: readonly string[];
  readonly notices: readonly object[];
}

export interface RecordedPass extends Input {
  /** Version of the operator that decided. */
  readonly version: string;
  readonly outcome: Outcome;
}

export const outcomeOf = ({ effects, notices, status }: Decision): Outcome => ({
  status,
  effects: effects.map(({ kind }) => kind),
  notices,
});

/**
 * The fields of the line that holds a pass, with all that is needed to make its decision again. What no decision reads
 * is not in it: what has to be proven, which others judge, and annotations that are not ours.
 */
export function recordOf({ now, release, seen }: Input, decision: Decision): object {
  const { metadata, spec, status } = release;
  const annotations = Object.entries(metadata.annotations).filter(([name]) => name.startsWith(`${GROUP}/`));
  return {
    schema: SCHEMA,
    version: PROGRAM,
    release: `${metadata.namespace}/${metadata.name}`,
    decidedAt: now.toISOString(),
    input: {
      metadata: { ...metadata, annotations: Object.fromEntries(annotations) },
      spec: without(spec, 'verification'),
      ...(status && { status }),
      seen: plain(seen),
    },
    outcome: outcomeOf(decision),
  };
}

/** A line `recorded` of the operator. What a newer one adds to an outcome stays in it, so that it is found to differ. */
export const RecordedLine: z.ZodType<RecordedPass> = z
  .object({
    schema: Schema,
    version: z.string().max(64),
    decidedAt: z.iso.datetime(),
    input: z.object({ ...ArtifactRelease.shape, seen: RecordedObservation }),
    outcome: z.object({
      status: z.record(z.string(), z.unknown()),
      effects: z.array(z.string()),
      notices: z.array(z.record(z.string(), z.unknown())),
    }),
  })
  .transform(({ decidedAt, input: { seen, ...release }, outcome, version }) => ({
    ...{ release, seen, outcome, version },
    now: new Date(decidedAt),
  }));
