import { type CancelTimer, type Clock, MAX_TIMER_MS, sleepOn } from '../../src/controller/clock.ts';

interface Timer {
  readonly dueAt: number;
  readonly fn: () => void;
}

/** A clock that moves only when told to. */
export class FakeClock implements Clock {
  #elapsed = 0;
  readonly #start: number;
  readonly #timers = new Set<Timer>();

  constructor(start: Date = new Date('2025-01-02T03:04:05.678Z')) {
    this.#start = start.getTime();
  }

  now(): Date {
    return new Date(this.#start + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  setTimer(ms: number, fn: () => void): CancelTimer {
    const timer = { dueAt: this.#elapsed + Math.min(Math.max(ms, 0), MAX_TIMER_MS), fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Timers that have been set and have neither fired nor been cancelled. */
  pendingTimers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass: fires what falls due in order, and lets everything that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (let timer = this.#nextUntil(until); timer !== undefined; timer = this.#nextUntil(until)) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.dueAt);
      timer.fn();
      await settle();
    }
    this.#elapsed = until;
  }

  #nextUntil(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt <= until && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    }
    return next;
  }
}

/** Lets all promises that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
