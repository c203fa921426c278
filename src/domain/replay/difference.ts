import { isDeepStrictEqual } from 'node:util';

/** A number or word that is stored and computed otherwise. */
export interface FieldDifference {
  /** E.g. `assessment.evidence`. */
  readonly field: string;
  /** Undefined where there is none. */
  readonly stored: unknown;
  readonly computed: unknown;
}

export interface Difference extends FieldDifference {
  readonly evaluatedAt: string;
  readonly objective: string;
}

/** The fields of two objects that are not the same to the last bit. */
export function differences(name: string, stored: object, computed: object): readonly FieldDifference[] {
  const was: Record<string, unknown> = { ...stored };
  const is: Record<string, unknown> = { ...computed };
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => !isDeepStrictEqual(was[key], is[key]))
    .map((key) => ({ field: `${name}.${key}`, stored: was[key], computed: is[key] }));
}
