import { retry } from 'ts-retry-promise';
import { type BackoffPolicy, backoffDelay, type Random } from '../../controller/backoff.ts';
import { TransientQueryError } from './query-error.ts';

const RETRIES = 2;
const BACKOFF: BackoffPolicy = { baseMs: 200, maxMs: 1_000 };

/**
 * Repeats a query up to twice while it fails for a reason that may pass, within the deadline of `signal`.
 * Rejects with what the last try rejected with.
 *
 * The delay is ours because the library's EXPONENTIAL is delay^attempt; zero after the last try because it
 * sleeps even then; at most a second because its sleep cannot be aborted. The error is ours because the
 * library hides it in a RetryError.
 */
export async function retryQuery<T>(
  query: () => Promise<T>,
  signal: AbortSignal,
  random: Random,
): Promise<T> {
  let failure: unknown;
  const queryOnce = async (): Promise<T> => {
    try {
      return await query();
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    return await retry(queryOnce, {
      retries: RETRIES,
      timeout: 'INFINITELY',
      maxBackOff: BACKOFF.maxMs,
      backoff: (attempt) => (attempt > RETRIES ? 0 : backoffDelay(attempt, BACKOFF, random)),
      retryIf: (error) => error instanceof TransientQueryError && !signal.aborted,
    });
  } catch {
    throw failure;
  }
}
