import type { Clock } from '../../controller/clock.ts';
import { TokenBucket, type TokenBucketPolicy } from '../../controller/token-bucket.ts';

/** New events about one object: 25 at once, then one every 5 minutes; the numbers of client-go. */
const RATE: TokenBucketPolicy = { burst: 25, refillMs: 300_000 };
const MAX_OBJECTS = 4_096;

/** Limits how fast one object can fill etcd with events. Remembers the 4,096 objects heard of last. */
export class EventSpamFilter {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether one more new event about the object with this uid may be written; counts it if so. */
  admits(uid: string): boolean {
    const bucket = this.#buckets.get(uid) ?? new TokenBucket(RATE, this.#clock);
    this.#buckets.delete(uid);
    this.#buckets.set(uid, bucket);
    const oldest = this.#buckets.keys().next().value;
    if (this.#buckets.size > MAX_OBJECTS && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket.tryTake();
  }
}
