import type { Reason } from '../../api/conditions.ts';

/** What goes wrong with one query; each is a reason of an unknown reading. */
export type QueryFailure = Extract<
  Reason,
  | 'QueryInvalid'
  | 'QueryFailed'
  | 'MetricsUnavailable'
  | 'NoData'
  | 'AmbiguousResult'
  | 'NotANumber'
  | 'StaleData'
>;

/** One query without a usable answer. Its message is for people, short, and holds no credentials. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly reason: QueryFailure;

  constructor(reason: QueryFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }

  /** The same error, with the place it happened in put in front of its message. */
  within(place: string): QueryError {
    return new QueryError(this.reason, `${place}: ${this.message}`, this);
  }
}

/** The server was not reached, or broke (5xx): the same query may be answered a moment later. */
export class TransientQueryError extends QueryError {
  constructor(message: string, cause?: unknown) {
    super('MetricsUnavailable', message, cause);
  }
}
