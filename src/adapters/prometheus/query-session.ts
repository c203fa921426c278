import type { PrometheusClient } from './prometheus-client.ts';
import { QueryError } from './query-error.ts';
import type { QueryObserver, QueryOutcome } from './query-observer.ts';
import type { InstantResult, QueryAnswer, RangeResult } from './query-response.ts';
import type { TimeRange } from './time-range.ts';

interface Options {
  readonly source: string;
  readonly client: PrometheusClient;
  readonly observer: QueryObserver;
  readonly signal: AbortSignal;
}

/** The queries of one question. Each is reported with its outcome, and an error of one names its `place`. */
export class QuerySession {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  /** What `read` makes of the answer. Rejects with QueryError, also that of `read`. */
  async instant<T>(
    place: string,
    promql: string,
    atSeconds: number,
    read: (answer: QueryAnswer<InstantResult>) => T,
  ): Promise<T> {
    const { client, signal } = this.#options;
    return await this.#observed(place, async () => read(await client.query(promql, atSeconds, signal)));
  }

  /** The same for a range of times. */
  async range<T>(
    place: string,
    promql: string,
    range: TimeRange,
    read: (answer: QueryAnswer<RangeResult>) => T,
  ): Promise<T> {
    const { client, signal } = this.#options;
    return await this.#observed(place, async () => read(await client.queryRange(promql, range, signal)));
  }

  async #observed<T>(place: string, ask: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    let outcome: QueryOutcome = 'QueryFailed';
    try {
      const answer = await ask();
      outcome = 'Success';
      return answer;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      outcome = error.reason;
      throw error.within(place);
    } finally {
      const { observer, source } = this.#options;
      observer.queryFinished(source, outcome, (performance.now() - startedAt) / 1000);
    }
  }
}

/** Waits for all of them, then rejects with the first failure in the order given: not in that of time. */
export async function allOrFirstFailure<A, B>(promises: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(promises);
  return [await promises[0], await promises[1]];
}
