import type { Clock } from './clock.ts';

/** How many tokens a bucket holds when full, and how long (ms) one takes to grow back. */
export interface TokenBucketPolicy {
  readonly burst: number;
  readonly refillMs: number;
}

/** A token bucket that starts full. Its level is computed when asked for, so an idle bucket costs no timer. */
export class TokenBucket {
  readonly #policy: TokenBucketPolicy;
  readonly #clock: Clock;
  #level: number;
  #levelAt: number;

  constructor(policy: TokenBucketPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
    this.#level = policy.burst;
    this.#levelAt = clock.monotonic();
  }

  /** Takes a token if there is one. */
  tryTake(): boolean {
    this.#refill();
    if (this.#level < 1) return false;
    this.#level -= 1;
    return true;
  }

  /** Takes a token in any case and returns how long (ms) its user has to wait for it to exist. */
  reserve(): number {
    this.#refill();
    this.#level -= 1;
    return this.#level >= 0 ? 0 : -this.#level * this.#policy.refillMs;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    const grown = (now - this.#levelAt) / this.#policy.refillMs;
    this.#level = Math.min(this.#policy.burst, this.#level + grown);
    this.#levelAt = now;
  }
}
