/** Prometheus refuses a range query that could yield more points than this. */
export const MAX_POINTS = 11_000;

/** Equidistant instants from the first to the last, in milliseconds since 1970. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/**
 * Every `intervalSeconds` after `from` until `at`, without `from` itself; undefined where none has passed.
 *
 * They depend on `from` alone: at every question, and after a restart, the older ones are the same. Past 11,000 of
 * them every second one is left out, past 22,000 three of four, and so on, so that those that are left were among
 * them before.
 */
export function timesSince(from: Date, at: Date, intervalSeconds: number): TimeRange | undefined {
  const spanMs = at.getTime() - from.getTime();
  const stepMs = widened(intervalSeconds * 1000, spanMs);
  const steps = Math.floor(spanMs / stepMs);
  if (steps < 1) return undefined;
  return { startMs: from.getTime() + stepMs, endMs: from.getTime() + steps * stepMs, stepMs };
}

/** Every `intervalSeconds` back from `at`, itself among them, within a window that is longer than 0. Widened likewise. */
export function timesBefore(at: Date, windowSeconds: number, intervalSeconds: number): TimeRange {
  const spanMs = windowSeconds * 1000;
  const stepMs = widened(intervalSeconds * 1000, spanMs);
  const points = Math.ceil(spanMs / stepMs);
  return { startMs: at.getTime() - (points - 1) * stepMs, endMs: at.getTime(), stepMs };
}

/** The interval times the smallest power of two that needs no more than 11,000 points for the span. */
function widened(intervalMs: number, spanMs: number): number {
  let stepMs = intervalMs;
  while (spanMs / stepMs > MAX_POINTS) stepMs *= 2;
  return stepMs;
}
