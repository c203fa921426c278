import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

const POLL_MS = 100;
const SHOWN_DEPTH = 8;

/**
 * Observes until `isDone`, and returns what was observed then; an error counts as not done.
 * A time-out shows what was last seen, because "timed out" alone helps nobody.
 */
export async function waitFor<T>(
  description: string,
  timeoutMs: number,
  observe: () => Promise<T>,
  isDone: (observed: T) => boolean = Boolean,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const observed = await observe();
      if (isDone(observed)) return observed;
      last = observed;
    } catch (error) {
      last = error;
    }
    await delay(POLL_MS);
  } while (Date.now() < deadline);
  const seen = inspect(last, { depth: SHOWN_DEPTH });
  throw new Error(`${description}: not within ${timeoutMs / 1000} s; last seen: ${seen}`);
}
