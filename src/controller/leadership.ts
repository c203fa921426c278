/**
 * A lease that we hold, renewed until it is released or lost.
 *
 * Guarantees:
 * - `lost` aborts 10 s after the start of the last renewal that succeeded, 5 s before anybody may take over, even if
 *   a renewal hangs; it aborts at once when somebody else holds the lease;
 * - while nothing goes wrong, renewing costs one PUT every 5 s and no GET;
 * - once lost, it is never renewed again.
 */
import type { CancelTimer, Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ConflictError } from './errors.ts';
import type { LeaseLock, LeaseRecord, StoredLease } from './lease-lock.ts';
import { toMicroTime } from './micro-time.ts';

const RENEW_PERIOD_MS = 5_000;
const RENEW_DEADLINE_MS = 10_000;
const RENEW_RETRY_MS = 1_000;
/** Two attempts fit between a renewal that is due and the deadline. */
const RENEW_TIMEOUT_MS = 2_000;
const RELEASE_TIMEOUT_MS = 3_000;

/** Aborts `lost`. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

/** What leading reports. */
export interface LeadershipMetrics {
  setLeading(leading: boolean): void;
  countFailedRenewal(): void;
}

/** Collaborators of a leadership. */
export interface LeadershipOptions {
  readonly lock: LeaseLock;
  readonly identity: string;
  readonly clock: Clock;
  readonly metrics: LeadershipMetrics;
  readonly onError: (error: unknown) => void;
}

/** See the head of this file. */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #lost = new AbortController();
  /** Ends the renewing between two attempts: one in flight is finished, because its version has to be known. */
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;
  #lease: StoredLease;
  #cancelDeadline: CancelTimer;

  constructor(options: LeadershipOptions, lease: StoredLease, renewedAt: number) {
    this.#options = options;
    this.#lease = lease;
    this.#cancelDeadline = this.#setDeadline(renewedAt);
    options.metrics.setLeading(true);
    this.#renewing = this.#renewUntilEnded();
  }

  /** Aborts, with LeadershipLostError, when we may not act any more. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Stops renewing and, unless lost, gives the lease back, so that the next leader need not wait for it to expire. */
  async release(): Promise<void> {
    const { clock, lock, metrics, onError } = this.#options;
    this.#ended.abort();
    await this.#renewing;
    this.#cancelDeadline();
    metrics.setLeading(false);
    if (this.#lost.signal.aborted) return;
    const free: LeaseRecord = { ...this.#renewedRecord(), holderIdentity: '', leaseDurationSeconds: 1 };
    try {
      await withDeadline(clock, RELEASE_TIMEOUT_MS, undefined, (signal) =>
        lock.update(free, this.#lease.resourceVersion, signal),
      );
    } catch (error) {
      onError(error); // it expires by itself
    }
  }

  async #renewUntilEnded(): Promise<void> {
    const { clock } = this.#options;
    const ended = this.#ended.signal;
    let pause = RENEW_PERIOD_MS;
    for (;;) {
      await clock.sleep(pause, ended).catch(() => undefined);
      if (ended.aborted) return;
      pause = (await this.#renew()) ? RENEW_PERIOD_MS : RENEW_RETRY_MS;
    }
  }

  /** One attempt; whether it succeeded. */
  async #renew(): Promise<boolean> {
    const { clock, lock, metrics, onError } = this.#options;
    const startedAt = clock.monotonic();
    try {
      await withDeadline(clock, RENEW_TIMEOUT_MS, this.#lost.signal, async (signal) => {
        try {
          this.#lease = await lock.update(this.#renewedRecord(), this.#lease.resourceVersion, signal);
        } catch (error) {
          if (!(error instanceof ConflictError)) throw error;
          await this.#readAgain(signal);
          throw error;
        }
      });
    } catch (error) {
      if (this.#lost.signal.aborted) return false;
      metrics.countFailedRenewal();
      onError(error);
      return false;
    }
    if (this.#lost.signal.aborted) return false; // an answer that came after the deadline does not bring it back
    this.#cancelDeadline();
    this.#cancelDeadline = this.#setDeadline(startedAt);
    return true;
  }

  /** After a conflict: an earlier renewal of ours whose answer was lost, an edit by hand, or another leader. */
  async #readAgain(signal: AbortSignal): Promise<void> {
    const current = await this.#options.lock.read(signal);
    if (current?.record.holderIdentity === this.#options.identity) this.#lease = current;
    else this.#lose(`lease is held by ${current?.record.holderIdentity || 'nobody'}`);
  }

  #renewedRecord(): LeaseRecord {
    return { ...this.#lease.record, renewTime: toMicroTime(this.#options.clock.now()) };
  }

  #setDeadline(renewedAt: number): CancelTimer {
    const remaining = renewedAt + RENEW_DEADLINE_MS - this.#options.clock.monotonic();
    return this.#options.clock.setTimer(remaining, () =>
      this.#lose(`not renewed for ${RENEW_DEADLINE_MS} ms`),
    );
  }

  #lose(why: string): void {
    this.#cancelDeadline();
    this.#options.metrics.setLeading(false);
    this.#ended.abort();
    this.#lost.abort(new LeadershipLostError(why));
  }
}
