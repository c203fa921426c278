import type { Clock } from '../../controller/clock.ts';
import type { KubeEvent } from './kube-event.ts';

/** An event that has not happened again for this long (ms) is a new one. */
export const SERIES_GAP_MS = 360_000;
const MAX_SERIES = 4_096;

/** One stored event and how often it has happened. */
export interface EventSeries {
  /** URL path of the stored event. */
  readonly path: string;
  count: number;
  /** The count that the API server knows. */
  writtenCount: number;
  lastObserved: Date;
  /** Monotonic time (ms) of the last occurrence. */
  lastAt: number;
}

/**
 * Recognises repeats: the same event about the same object with the same words, at most 6 minutes apart.
 * The note counts, because it cannot be changed later: "step 2 passed" is not a repeat of "step 1 passed".
 * Remembers the 4,096 events that happened last.
 */
export class EventSeriesCache {
  readonly #clock: Clock;
  readonly #series = new Map<string, EventSeries>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a repeat and returns its series, or returns undefined for a new event. */
  repeat(event: KubeEvent): EventSeries | undefined {
    const key = keyOf(event);
    const series = this.#series.get(key);
    const now = this.#clock.monotonic();
    if (series === undefined || now - series.lastAt > SERIES_GAP_MS) return undefined;
    series.count += 1;
    series.lastAt = now;
    series.lastObserved = this.#clock.now();
    this.#remember(key, series);
    return series;
  }

  /** Remembers a new event that is stored at `path`. */
  begin(event: KubeEvent, path: string): void {
    const lastObserved = this.#clock.now();
    const lastAt = this.#clock.monotonic();
    this.#remember(keyOf(event), { path, count: 1, writtenCount: 1, lastObserved, lastAt });
  }

  /** Forgets a series whose event is not stored: its next occurrence is a new event. */
  forget(path: string): void {
    for (const [key, series] of this.#series) if (series.path === path) this.#series.delete(key);
  }

  /** The series with occurrences that the API server does not know of. */
  unwritten(): EventSeries[] {
    return [...this.#series.values()].filter((series) => series.count > series.writtenCount);
  }

  /** The Map's order of insertion is the order of use. */
  #remember(key: string, series: EventSeries): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    const oldest = this.#series.keys().next().value;
    if (this.#series.size > MAX_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }
}

function keyOf({ regarding, type, reason, action, note }: KubeEvent): string {
  return JSON.stringify([regarding.kind, regarding.uid, type, reason, action, note]);
}
