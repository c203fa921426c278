import type { Random } from '../../controller/backoff.ts';
import { DeadlineExceededError } from '../../controller/deadline.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import { retryBriefly } from '../http/brief-retry.ts';
import { TransientRegistryError } from './transient-registry-error.ts';

/** Repeats what the network broke. One that says how long it wants to be left alone is left alone. */
export const retryTransient = <T>(call: () => Promise<T>, signal: AbortSignal, random: Random): Promise<T> =>
  retryBriefly(call, {
    isTransient: (error) => error instanceof TransientRegistryError && error.retryAfterMs === undefined,
    signal,
    random,
  });

/** For those who called, and may call again: `subject` is what it was about, e.g. `registry.example/shop: tag v1`. */
export function describeFailure(
  subject: string,
  error: unknown,
  further: readonly string[] = [],
): RegistryError {
  const { message, reason, retryAfterMs } = toRegistryError(error);
  const sentence = [`${subject}: ${message}`, ...further].join('; ');
  const details = { cause: error, retryAfterMs };
  return error instanceof TransientRegistryError
    ? new TransientRegistryError(sentence, details)
    : new RegistryError(reason, sentence, details);
}

/** Out of time is a way of being unavailable. Anything else that is not a RegistryError is a mistake of ours. */
export function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  if (!(error instanceof DeadlineExceededError)) throw error;
  return new RegistryError('Unavailable', `no answer in time (${error.message})`, { cause: error });
}
