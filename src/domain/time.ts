const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Milliseconds of a duration such as `90s`, `1h30m` or `30d`. The schema has checked its grammar. */
export function milliseconds(duration: string): number {
  let [seconds, amount] = [0, 0];
  for (const char of duration) {
    const unit = SECONDS[char as keyof typeof SECONDS];
    seconds += amount * (unit ?? 0);
    amount = unit === undefined ? amount * 10 + Number(char) : 0;
  }
  return seconds * 1000;
}

/** Whole seconds of a duration. */
export const seconds = (duration: string): number => milliseconds(duration) / 1000;

/** The instant `duration` after a timestamp. */
export const after = (timestamp: string, duration: string): Date =>
  new Date(Date.parse(timestamp) + milliseconds(duration));

/** Milliseconds from a timestamp to `now`, never negative: another clock may be ahead of ours. */
export const since = (timestamp: string, now: Date): number =>
  Math.max(0, now.getTime() - Date.parse(timestamp));

/** The first of these instants; undefined where there is none. */
export function earliest(...instants: readonly (Date | undefined)[]): Date | undefined {
  const times = instants.flatMap((instant) => (instant ? [instant.getTime()] : []));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** `14:05:10Z`: for sentences that people read on the same day. */
export const clockTime = (instant: Date): string => `${instant.toISOString().slice(11, 19)}Z`;

/** `2026-06-01T14:05:10Z`: a stored timestamp in a sentence that people may read on another day. */
export const dateTime = (timestamp: string): string => timestamp.replace(/\.\d+Z$/, 'Z');

/** `2m05s`, `1d11h`: a span for people, rounded to seconds and cut to two units. */
export function spanText(spanMs: number): string {
  const total = Math.round(spanMs / 1000);
  const [d, h] = [Math.floor(total / 86_400), Math.floor((total % 86_400) / 3600)];
  const [m, s] = [Math.floor((total % 3600) / 60), total % 60];
  if (d > 0) return `${d}d${String(h).padStart(2, '0')}h`;
  if (h > 0) return `${h}h${String(m).padStart(2, '0')}m`;
  return m > 0 ? `${m}m${String(s).padStart(2, '0')}s` : `${s}s`;
}

/** `1h30m`, `2m30s`: a duration as people write it in a spec, of whole seconds above 0. */
export function toDuration(span: number): string {
  const parts = { h: Math.floor(span / 3600), m: Math.floor((span % 3600) / 60), s: span % 60 };
  return Object.entries(parts)
    .flatMap(([unit, amount]) => (amount > 0 ? [`${amount}${unit}`] : []))
    .join('');
}

/** How many whole intervals have passed since `start`. Counted from the start, so that a restart does not shift them. */
export const slotAt = (start: string, interval: string, now: Date): number =>
  Math.floor(since(start, now) / milliseconds(interval));

/** The last instant that is a whole number of intervals after `start`; `start` itself where that is not over yet. */
export const lastSlot = (start: string, interval: string, now: Date): Date =>
  new Date(Date.parse(start) + slotAt(start, interval, now) * milliseconds(interval));

/** The next instant that is a whole number of intervals after `start`; always later than `now`. */
export const nextSlot = (start: string, interval: string, now: Date): Date =>
  new Date(Date.parse(start) + (slotAt(start, interval, now) + 1) * milliseconds(interval));
