import { isDeepStrictEqual } from 'node:util';

/** A number or word that is stored and computed otherwise. */
export interface FieldDifference {
  /** E.g. `assessment.evidence`, or `status.conditions.0.reason`. */
  readonly field: string;
  /** Undefined where there is none. */
  readonly stored: unknown;
  readonly computed: unknown;
}

export interface Difference extends FieldDifference {
  readonly evaluatedAt: string;
  readonly objective: string;
}

/** The fields that are not the same to the last bit, however deep they are in two objects or lists. */
export function differences(name: string, stored: unknown, computed: unknown): readonly FieldDifference[] {
  if (isDeepStrictEqual(stored, computed)) return [];
  if (!holdsFields(stored) || !holdsFields(computed)) return [{ field: name, stored, computed }];
  return [...new Set([...Object.keys(stored), ...Object.keys(computed)])].flatMap((key) =>
    differences(`${name}.${key}`, stored[key], computed[key]),
  );
}

const holdsFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
