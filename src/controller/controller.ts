/**
 * Workers that take keys from a queue and reconcile them.
 *
 * Guarantees:
 * - the result of a pass decides what happens to its key, in `#settle` and `#settleFailure` alone;
 * - a pass gets a signal that aborts at its time limit; a pass that ignores it delays only its own key;
 * - after `stopping` aborts no pass begins, and `run` resolves when the last one has ended.
 *
 * Assumption: `reconcile` is idempotent and reads all the state it needs: keys say that something may have changed,
 * never what.
 */
import { type BackoffPolicy, KeyedBackoff, type Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ConflictError, TerminalError } from './errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { WorkQueue } from './work-queue.ts';

const DEFAULT_PASS_TIMEOUT_MS = 120_000;
const CONFLICT_BACKOFF: BackoffPolicy = { baseMs: 200, maxMs: 10_000 };

/** What a pass asks for: another one after some time (ms), or none until something changes. */
export interface Result {
  readonly requeueAfterMs?: number;
  /** What a pass could not do that else came to its end: as if it was thrown, but tried again when the pass asks for it. */
  readonly failure?: unknown;
}

/** One pass over one key. Throws TerminalError, ConflictError, or anything else to be retried with backoff. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Result>;

/** How a pass ended. */
export const PASS_OUTCOMES = ['success', 'requeue_after', 'conflict', 'error', 'terminal'] as const;
export type PassOutcome = (typeof PASS_OUTCOMES)[number];

/** What a controller reports. */
export interface ControllerMetrics {
  observePass(outcome: PassOutcome, seconds: number): void;
}

/** A pass that failed in a way that people should see. */
export interface PassFailure {
  readonly key: string;
  readonly outcome: 'error' | 'terminal';
  readonly error: unknown;
}

/** Collaborators and bounds of a controller. */
export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly reconcile: Reconcile;
  /** Keys reconciled at the same time, at least 1. */
  readonly workers: number;
  readonly clock: Clock;
  readonly metrics: ControllerMetrics;
  readonly onFailure: (failure: PassFailure) => void;
  /** Time limit (ms) of one pass; 2 minutes by default. */
  readonly passTimeoutMs?: number;
  readonly random?: Random;
}

/** See the head of this file. */
export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #conflicts: KeyedBackoff;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#conflicts = new KeyedBackoff(CONFLICT_BACKOFF, options.random ?? Math.random);
  }

  /** Works until `stopping` aborts and the passes that run have ended; `aborting` cuts those short. */
  async run({ stopping, aborting }: Lifecycle): Promise<void> {
    const { queue, workers } = this.#options;
    const shutDown = (): void => queue.shutDown();
    if (stopping.aborted) shutDown();
    stopping.addEventListener('abort', shutDown, { once: true });
    await Promise.all(Array.from({ length: workers }, () => this.#work(aborting)));
  }

  async #work(aborting: AbortSignal): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      try {
        await this.#pass(key, aborting);
      } finally {
        queue.done(key);
      }
    }
  }

  async #pass(key: string, aborting: AbortSignal): Promise<void> {
    const { clock, reconcile, passTimeoutMs = DEFAULT_PASS_TIMEOUT_MS, metrics } = this.#options;
    const startedAt = clock.monotonic();
    let outcome: PassOutcome;
    try {
      const result = await withDeadline(clock, passTimeoutMs, aborting, (signal) => reconcile(key, signal));
      outcome = this.#settle(key, result);
    } catch (error) {
      if (aborting.aborted) return; // cut short by us: no fault of the pass, and nobody is left to repeat it
      outcome = this.#settleFailure(key, error);
    }
    metrics.observePass(outcome, (clock.monotonic() - startedAt) / 1000);
  }

  #settle(key: string, { requeueAfterMs, failure }: Result): PassOutcome {
    if (failure !== undefined) {
      const outcome = this.#settleFailure(key, failure);
      if (requeueAfterMs !== undefined) this.#options.queue.addAfter(key, requeueAfterMs);
      return outcome;
    }
    this.#conflicts.forget(key);
    this.#options.queue.forget(key);
    if (requeueAfterMs === undefined) return 'success';
    this.#options.queue.addAfter(key, requeueAfterMs);
    return 'requeue_after';
  }

  #settleFailure(key: string, error: unknown): PassOutcome {
    const { queue, onFailure } = this.#options;
    if (error instanceof ConflictError) {
      queue.addAfter(key, this.#conflicts.next(key));
      return 'conflict';
    }
    this.#conflicts.forget(key);
    if (error instanceof TerminalError) {
      queue.forget(key);
      onFailure({ key, outcome: 'terminal', error });
      return 'terminal';
    }
    queue.retry(key);
    onFailure({ key, outcome: 'error', error });
    return 'error';
  }
}
