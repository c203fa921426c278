/** A source of numbers in [0, 1), such as Math.random. */
export type Random = () => number;

/** Bounds of an exponential backoff, in ms: 0 < baseMs <= maxMs. */
export interface BackoffPolicy {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Retries of a key whose reconciliation failed. */
export const RECONCILE_BACKOFF: BackoffPolicy = { baseMs: 1_000, maxMs: 300_000 };

/** Reconnects of a reflector; the same numbers as client-go. */
export const REFLECTOR_BACKOFF: BackoffPolicy = { baseMs: 800, maxMs: 30_000 };

/** The upper bound (ms) of the delay before retry number `attempt` (1 is the first): base · 2^(attempt-1), capped. */
export function backoffCeiling(attempt: number, policy: BackoffPolicy): number {
  return Math.min(policy.maxMs, policy.baseMs * 2 ** (Math.max(1, attempt) - 1));
}

/**
 * The delay (ms) before retry number `attempt`, with full jitter: uniform in [0, ceiling).
 * Full jitter spreads a crowd that failed together better than any fixed share of the ceiling does.
 */
export function backoffDelay(attempt: number, policy: BackoffPolicy, random: Random): number {
  return random() * backoffCeiling(attempt, policy);
}

/** Counts consecutive failures by key. A key costs memory only between its first failure and `forget`. */
export class KeyedBackoff {
  readonly #attempts = new Map<string, number>();
  readonly #policy: BackoffPolicy;
  readonly #random: Random;

  constructor(policy: BackoffPolicy, random: Random) {
    this.#policy = policy;
    this.#random = random;
  }

  /** Records one more failure of `key` and returns the delay (ms) before its next try. */
  next(key: string): number {
    const attempt = this.attempts(key) + 1;
    this.#attempts.set(key, attempt);
    return backoffDelay(attempt, this.#policy, this.#random);
  }

  /** Consecutive failures of `key` since it was last forgotten. */
  attempts(key: string): number {
    return this.#attempts.get(key) ?? 0;
  }

  /** Starts `key` over: its next failure is its first. */
  forget(key: string): void {
    this.#attempts.delete(key);
  }
}
