import { isDeepStrictEqual } from 'node:util';
import { type ArtifactRelease, GROUP } from '../../api/artifact-release.ts';
import type { Status } from '../../api/artifact-release-status.ts';
import type { Decision } from '../decide.ts';
import type { Observation } from '../observation.ts';
import { inQuestion } from '../proof.ts';
import { without } from '../situation.ts';

/** One pass: everything that its decision read. */
export interface Input {
  readonly release: ArtifactRelease;
  readonly seen: Observation;
  readonly now: Date;
}

/** What a pass stores, does and says. The effects follow from the status and from what was seen, so their kinds are enough. */
export interface Outcome {
  /** The fields that are stored otherwise than before; null where one is gone. */
  readonly changed: Readonly<Record<string, unknown>>;
  readonly effects: readonly string[];
  readonly notices: readonly object[];
}

export interface RecordedPass extends Input {
  /** Version of the operator that decided. */
  readonly version: string;
  readonly outcome: Outcome;
}

export const outcomeOf = (before: Status | undefined, { effects, notices, status }: Decision): Outcome => ({
  changed: changedFields({ ...before }, { ...status }),
  effects: effects.map(({ kind }) => kind),
  notices,
});

function changedFields(before: Fields, after: Fields): Fields {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]));
  return Object.fromEntries(changed.map((field) => [field, after[field] ?? null]));
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of the line that holds a pass, with all that is needed to make its decision again. What no decision reads
 * is not in it: what has to be proven, which others judge; how, but of the digest that people are told of; and
 * annotations that are not ours.
 */
export function recordOf({ now, release, seen }: Input, decision: Decision): object {
  const { metadata, spec, status } = release;
  const annotations = Object.entries(metadata.annotations).filter(([name]) => name.startsWith(`${GROUP}/`));
  const told = inQuestion({ state: decision.status, spec });
  const verification = [...seen.verification].map(([digest, proof]) => [
    digest,
    digest === told ? proof : without(proof, 'record'),
  ]);
  return {
    release: `${metadata.namespace}/${metadata.name}`,
    decidedAt: now.toISOString(),
    input: {
      metadata: { ...metadata, annotations: Object.fromEntries(annotations) },
      spec: without(spec, 'verification'),
      ...(status && { status }),
      seen: plain({ ...seen, verification }),
    },
    outcome: outcomeOf(status, decision),
  };
}

/** The JSON of what a pass saw: a Map is the list of its entries, in their order; a Date is its text in ISO 8601. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, held]) => [key, plain(held)]);
  if (value instanceof Date) return value.toJSON();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, plain(held)]));
}
