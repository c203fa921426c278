import type { Clock } from './clock.ts';

/** The reason of a signal aborted by `withDeadline`, and so what the work usually rejects with. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';

  constructor(ms: number) {
    super(`deadline of ${ms} ms exceeded`);
  }
}

/** A signal that aborts after `ms`, or together with `parent`, until it is cancelled. */
export interface Deadline {
  readonly signal: AbortSignal;
  cancel(): void;
}

/**
 * Not `AbortSignal.any`: a process-long parent would keep collecting dependants, and a fake clock could not drive it.
 */
export function startDeadline(clock: Clock, ms: number, parent: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const onParentAbort = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) onParentAbort();
  parent?.addEventListener('abort', onParentAbort, { once: true });
  const cancelTimer = clock.setTimer(ms, () => controller.abort(new DeadlineExceededError(ms)));
  return {
    signal: controller.signal,
    cancel: () => {
      cancelTimer();
      parent?.removeEventListener('abort', onParentAbort);
    },
  };
}

/**
 * Runs `work` under a signal that aborts after `ms`, or together with `parent`.
 *
 * Settles when `work` does: work that ignores its signal is waited for, never abandoned, because something abandoned
 * could still write.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(clock, ms, parent);
  try {
    return await work(deadline.signal);
  } finally {
    deadline.cancel();
  }
}

/** Whether `work` settles, either way, within `ms`. It goes on in any case. */
export async function settlesWithin(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancelTimer = clock.setTimer(ms, () => late.resolve(false));
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late.promise]);
  } finally {
    cancelTimer();
  }
}
