/**
 * Waits for a Lease and takes it.
 *
 * Guarantees:
 * - clocks of two machines are never compared: a holder counts as gone when its lease has not changed for the
 *   lease's own duration, by our monotonic clock, counted from when we first saw it so;
 * - a holder's sign of life is its (identity, renewTime), not the resource version: a label on the lease of a dead
 *   holder must not keep it alive;
 * - every attempt has a time limit.
 *
 * Assumption: identities are unique to a process, so a lease in our name is one that we wrote.
 *
 * A lease cannot stop a leader that was suspended and wakes up late. Writes are fenced by resourceVersion for that.
 */
import type { Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { ConflictError } from './errors.ts';
import { Leadership, type LeadershipMetrics } from './leadership.ts';
import type { LeaseLock, LeaseRecord, StoredLease } from './lease-lock.ts';
import { toMicroTime } from './micro-time.ts';

const LEASE_DURATION_SECONDS = 15;
const RETRY_PERIOD_MS = 2_000;
const ATTEMPT_TIMEOUT_MS = 5_000;

/** Collaborators of an elector. */
export interface LeaderElectorOptions {
  readonly lock: LeaseLock;
  /** Unique to this process, for example the pod's name and a UUID. */
  readonly identity: string;
  readonly clock: Clock;
  readonly metrics: LeadershipMetrics;
  /** A failed attempt; conflicts are not failures. */
  readonly onError: (error: unknown) => void;
  readonly random?: Random;
}

/** See the head of this file. */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #random: Random;
  #observed: { readonly lease: StoredLease; readonly since: number } | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Resolves once we lead; rejects with the signal's reason when it aborts first. */
  async acquire(signal: AbortSignal): Promise<Leadership> {
    const { clock, onError } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      try {
        const leadership = await withDeadline(clock, ATTEMPT_TIMEOUT_MS, signal, (attempt) =>
          this.#try(attempt),
        );
        if (leadership !== undefined) return leadership;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ConflictError)) onError(error);
      }
      await clock.sleep(RETRY_PERIOD_MS * (1 + this.#random() / 5), signal);
    }
  }

  async #try(signal: AbortSignal): Promise<Leadership | undefined> {
    const { lock, clock } = this.#options;
    const current = await lock.read(signal);
    const renewedAt = clock.monotonic(); // before the write, so that we never think it is younger than it is
    if (current === undefined) return this.#lead(await lock.create(this.#newRecord(0), signal), renewedAt);
    this.#observe(current);
    if (!this.#isFree(current)) return undefined;
    const record = this.#newRecord(current.record.leaseTransitions + 1);
    return this.#lead(await lock.update(record, current.resourceVersion, signal), renewedAt);
  }

  #observe(lease: StoredLease): void {
    const known = this.#observed?.lease.record;
    const { holderIdentity, renewTime } = lease.record;
    if (known?.holderIdentity === holderIdentity && known.renewTime === renewTime) return;
    this.#observed = { lease, since: this.#options.clock.monotonic() };
  }

  #isFree({ record }: StoredLease): boolean {
    if (record.holderIdentity === '' || record.holderIdentity === this.#options.identity) return true;
    const since = this.#observed?.since ?? this.#options.clock.monotonic();
    return this.#options.clock.monotonic() - since >= record.leaseDurationSeconds * 1000;
  }

  #newRecord(leaseTransitions: number): LeaseRecord {
    const now = toMicroTime(this.#options.clock.now());
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: LEASE_DURATION_SECONDS,
      acquireTime: now,
      renewTime: now,
      leaseTransitions,
    };
  }

  #lead(lease: StoredLease, renewedAt: number): Leadership {
    this.#observed = undefined;
    return new Leadership(this.#options, lease, renewedAt);
  }
}
