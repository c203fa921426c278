import { retry } from 'ts-retry-promise';
import { type BackoffPolicy, backoffDelay, type Random } from '../../controller/backoff.ts';

const RETRIES = 2;
const BACKOFF: BackoffPolicy = { baseMs: 200, maxMs: 1_000 };

/** When to try once more. */
export interface RetryOptions {
  /** Whether the failure may pass within a second; an answer, even a refusal, does not. */
  readonly isTransient: (error: unknown) => boolean;
  /** No more tries once it has aborted. */
  readonly signal: AbortSignal;
  readonly random: Random;
}

/**
 * Repeats a read up to twice while it fails for a reason that may pass.
 * Rejects with what the last try rejected with.
 *
 * The delay is ours because the library's EXPONENTIAL is delay^attempt; zero after the last try because it
 * sleeps even then; at most a second because its sleep cannot be aborted. The error is ours because the
 * library's RetryError hides it and, compiled to ES5, is not an instance of its own class.
 */
export async function retryBriefly<T>(
  read: () => Promise<T>,
  { isTransient, signal, random }: RetryOptions,
): Promise<T> {
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
      retryIf: (error) => isTransient(error) && !signal.aborted,
    });
  } catch {
    throw failure;
  }
}
