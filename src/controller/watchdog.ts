import type { CancelTimer, Clock } from './clock.ts';

/**
 * Calls `onSilence` once, when `feed` has not been called for `limitMs`.
 * Feeding is one assignment; the timer is set again only when it fires, not for each event.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #fedAt: number;
  #cancelTimer: CancelTimer;

  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#fedAt = clock.monotonic();
    this.#cancelTimer = clock.setTimer(limitMs, () => this.#check());
  }

  feed(): void {
    this.#fedAt = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancelTimer();
  }

  #check(): void {
    const remaining = this.#fedAt + this.#limitMs - this.#clock.monotonic();
    if (remaining <= 0) this.#onSilence();
    else this.#cancelTimer = this.#clock.setTimer(remaining, () => this.#check());
  }
}
