/** Undoes a timer; harmless once the timer has fired. */
export type CancelTimer = () => void;

/** Longest delay a Node timer takes (ms, about 24.8 days); a longer one would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Time as the runtime sees it, so that a test can own it.
 *
 * Two readings on purpose: `now` is what people and the API server call the time and may jump;
 * `monotonic` only moves forward and is the one to measure durations and expiry with.
 */
export interface Clock {
  now(): Date;
  /** Milliseconds since an arbitrary start of this process. */
  monotonic(): number;
  /** Calls `fn` once after `ms`, which is clamped to [0, MAX_TIMER_MS]. */
  setTimer(ms: number, fn: () => void): CancelTimer;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The sleep of every clock, built on its `setTimer`: leaves neither a timer nor a listener behind. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.setTimer(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** The real time. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  setTimer(ms, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
};
