import type { QueryFailure } from './query-error.ts';

/** `Success`, or the reason why a query has no usable answer. */
export type QueryOutcome = 'Success' | QueryFailure;

/** Told of every query, for metrics and logs. Must not throw. */
export interface QueryObserver {
  /** `seconds` includes retries and the wait for a free connection. */
  queryFinished(source: string, outcome: QueryOutcome, seconds: number): void;
}
