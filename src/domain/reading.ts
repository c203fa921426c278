import type { Reason } from '../api/conditions.ts';

/** A fact about the world, or the reason why it is not known. Unknown is a value: it is neither good nor bad. */
export type Reading<T> = { readonly known: true; readonly value: T } | Unknown;

export interface Unknown {
  readonly known: false;
  readonly reason: Reason;
  readonly message: string;
}

export const known = <T>(value: T): Reading<T> => ({ known: true, value });

export const unknown = (reason: Reason, message: string): Unknown => ({
  known: false,
  reason,
  message,
});
