import { retry } from 'ts-retry-promise';
import { type BackoffPolicy, backoffDelay, type Random } from '../../controller/backoff.ts';
import { ConnectionError } from './connection-error.ts';

const RETRIES = 2;
const BACKOFF: BackoffPolicy = { baseMs: 200, maxMs: 1_000 };

/**
 * Repeats a read up to twice when it broke on the network; refusals are answers and pass through.
 * Rejects with what the last try rejected with.
 *
 * The delay is ours because the library's EXPONENTIAL is delay^attempt; zero after the last try because it
 * sleeps even then; at most a second because its sleep cannot be aborted. The error is ours because the
 * library's RetryError, compiled to ES5, is not an instance of its own class.
 */
export async function retryRead<T>(read: () => Promise<T>, signal: AbortSignal, random: Random): Promise<T> {
  let failure: unknown;
  const readOnce = async (): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    return await retry(readOnce, {
      retries: RETRIES,
      timeout: 'INFINITELY',
      maxBackOff: BACKOFF.maxMs,
      backoff: (attempt) => (attempt > RETRIES ? 0 : backoffDelay(attempt, BACKOFF, random)),
      retryIf: (error) => error instanceof ConnectionError && !signal.aborted,
    });
  } catch {
    throw failure;
  }
}
