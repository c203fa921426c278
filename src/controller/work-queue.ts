/**
 * A queue of keys with the semantics of client-go's work queue.
 *
 * Guarantees:
 * - a key is never handed out twice at the same time;
 * - a key added while it is being worked on is handed out once more after `done`, however often it was added;
 * - otherwise keys are handed out in the order they became due;
 * - at most one future request a key, the earliest: adding a key now absorbs its timer, and the pass that
 *   follows is the one to ask for the next;
 * - after `shutDown` nothing is handed out or accepted any more.
 *
 * Assumption: whoever got a key calls `done` with it, whatever happened.
 */
import { KeyedBackoff, type Random, RECONCILE_BACKOFF } from './backoff.ts';
import { type CancelTimer, type Clock, MAX_TIMER_MS } from './clock.ts';
import { TokenBucket, type TokenBucketPolicy } from './token-bucket.ts';

/** Retries of all keys together: a burst, then 10 a second. */
const RETRY_RATE: TokenBucketPolicy = { burst: 100, refillMs: 100 };

/** Values that only make sense at the moment they are read. */
export interface QueueGauges {
  /** Keys that are due and wait for a worker. */
  depth(): number;
  /** Age (s) of the oldest key being worked on; 0 if there is none. */
  longestRunningSeconds(): number;
}

/** What a queue reports. Durations are in seconds. */
export interface QueueMetrics {
  /** Called once, with what to read at every scrape. */
  observeGauges(gauges: QueueGauges): void;
  countAdd(): void;
  countRetry(): void;
  observeLatency(seconds: number): void;
  observeWork(seconds: number): void;
}

/** Collaborators of a queue. */
export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly metrics: QueueMetrics;
  readonly random?: Random;
}

/** See the head of this file. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #metrics: QueueMetrics;
  readonly #backoff: KeyedBackoff;
  readonly #retryRate: TokenBucket;
  /** Due and waiting, in order, each with when it became due. */
  readonly #ready = new Map<string, number>();
  /** Handed out, each with when. */
  readonly #processing = new Map<string, number>();
  /** Became due while being processed, each with when. */
  readonly #dirty = new Map<string, number>();
  readonly #timers = new Map<string, { readonly dueAt: number; readonly cancel: CancelTimer }>();
  readonly #idleWorkers: ((key: string | undefined) => void)[] = [];
  readonly #drained = Promise.withResolvers<void>();
  #shutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#metrics = options.metrics;
    this.#backoff = new KeyedBackoff(RECONCILE_BACKOFF, options.random ?? Math.random);
    this.#retryRate = new TokenBucket(RETRY_RATE, options.clock);
    this.#metrics.observeGauges({
      depth: () => this.#ready.size,
      longestRunningSeconds: () => this.#longestRunningSeconds(),
    });
  }

  /** Makes `key` due now. */
  add(key: string): void {
    if (this.#shutDown) return;
    this.#cancelTimer(key);
    if (this.#isDue(key)) return;
    this.#metrics.countAdd();
    const now = this.#clock.monotonic();
    if (this.#processing.has(key)) {
      this.#dirty.set(key, now);
      return;
    }
    this.#ready.set(key, now);
    this.#handOut();
  }

  /** Makes `key` due in `ms` (at most MAX_TIMER_MS), unless it is due earlier anyway. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const delay = Math.min(ms, MAX_TIMER_MS);
    const dueAt = this.#clock.monotonic() + delay;
    const planned = this.#timers.get(key);
    if (this.#shutDown || this.#isDue(key) || (planned !== undefined && planned.dueAt <= dueAt)) return;
    planned?.cancel();
    this.#timers.set(key, { dueAt, cancel: this.#clock.setTimer(delay, () => this.add(key)) });
  }

  /** Makes `key` due after its own backoff (1 s to 5 min) or when the retries of all keys allow, the later. */
  retry(key: string): void {
    if (this.#shutDown) return;
    this.#metrics.countRetry();
    this.addAfter(key, Math.max(this.#backoff.next(key), this.#retryRate.reserve()));
  }

  /** Ends the backoff of `key`: it went well, or it is gone. */
  forget(key: string): void {
    this.#backoff.forget(key);
  }

  /** The next due key, as soon as there is one; undefined once the queue is shut down. */
  get(): Promise<string | undefined> {
    if (this.#shutDown) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#idleWorkers.push(resolve);
      this.#handOut();
    });
  }

  /** Ends the work on `key` and makes it due again if it was added meanwhile. */
  done(key: string): void {
    const startedAt = this.#processing.get(key);
    if (startedAt === undefined) return;
    this.#processing.delete(key);
    this.#metrics.observeWork((this.#clock.monotonic() - startedAt) / 1000);
    const dueSince = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (this.#shutDown) {
      this.#settleIfDrained();
    } else if (dueSince !== undefined) {
      this.#ready.set(key, dueSince);
      this.#handOut();
    }
  }

  /** Stops handing out and accepting keys, and forgets those that wait. */
  shutDown(): void {
    this.#shutDown = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#ready.clear();
    this.#dirty.clear();
    for (const resolve of this.#idleWorkers.splice(0)) resolve(undefined);
    this.#settleIfDrained();
  }

  /** Resolves once the queue is shut down and no key is being worked on. */
  drained(): Promise<void> {
    return this.#drained.promise;
  }

  #isDue(key: string): boolean {
    return this.#ready.has(key) || this.#dirty.has(key);
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  #handOut(): void {
    for (const [key, dueSince] of this.#ready) {
      const resolve = this.#idleWorkers.shift();
      if (resolve === undefined) return;
      const now = this.#clock.monotonic();
      this.#ready.delete(key);
      this.#processing.set(key, now);
      this.#metrics.observeLatency((now - dueSince) / 1000);
      resolve(key);
    }
  }

  #settleIfDrained(): void {
    if (this.#processing.size === 0) this.#drained.resolve();
  }

  #longestRunningSeconds(): number {
    // Keys are handed out in order, so the first one is the oldest.
    const oldest = this.#processing.values().next().value;
    return oldest === undefined ? 0 : (this.#clock.monotonic() - oldest) / 1000;
  }
}
