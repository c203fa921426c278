import type { LatencyUnit } from './side-queries.ts';

/** Powers of ten between what a threshold is written in and what a histogram counts in. */
const SHIFT = {
  Seconds: { s: 0, ms: -3 },
  Milliseconds: { s: 3, ms: 0 },
} as const;

/** A threshold such as `300ms` in the unit of a histogram. Shifted as text: a division would give 0.0011000000000000001. */
export function inUnit(threshold: string, unit: LatencyUnit): number {
  const written = threshold.endsWith('ms') ? 'ms' : 's';
  return Number(`${threshold.slice(0, -written.length)}e${SHIFT[unit][written]}`);
}

/**
 * The matcher of the bucket with this boundary, in every spelling that exporters and stores have for it: `1` and
 * `1.0`, `1000000` and `1e+06`. Prometheus 3 knows one of them only, whatever was exposed; others keep what they got.
 * Source: https://prometheus.io/docs/prometheus/latest/migration/ ("le and quantile label values").
 */
export function bucketMatcher(boundary: number): string {
  const [plain, ...others] = spellings(boundary);
  if (others.length === 0) return `le="${plain}"`;
  return `le=~"${[plain, ...others].map((spelling) => spelling?.replace(/[.+]/g, '\\\\$&')).join('|')}"`;
}

/** Go writes an exponent of at least two digits below 0.0001 and from a million on, where shorter. */
function spellings(boundary: number): readonly string[] {
  const plain = String(boundary);
  const exponential = boundary.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return [
    plain,
    ...(Number.isInteger(boundary) ? [`${plain}.0`] : []),
    ...(boundary >= 1e6 || (boundary > 0 && boundary < 1e-4) ? [exponential] : []),
  ];
}

/** A boundary as a threshold is written. */
export function asThreshold(boundary: number, unit: LatencyUnit): string {
  const milliseconds = Number((unit === 'Seconds' ? boundary * 1000 : boundary).toPrecision(12));
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`;
}
