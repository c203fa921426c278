import { TranslationError } from './translation-error.ts';

/** Milliseconds by unit. Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations */
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `1h30m` in milliseconds. Throws TranslationError NotSupported for anything else, months and years among it. */
export function milliseconds(duration: string): number {
  const parts = [...duration.matchAll(/([0-9]+)([a-zA-Z]+)/g)];
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? Number.NaN),
    0,
  );
  if (total > 0 && parts.map(([part]) => part).join('') === duration) return total;
  throw new TranslationError(
    'NotSupported',
    `"${duration}" is no duration in w, d, h, m, s and ms, e.g. 30d`,
  );
}
