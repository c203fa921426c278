/** One series of the past. A value that is absent is a failed scrape: the series ends there until the next value. */
export interface PushedSeries {
  /** Without the suffix `_total`, which a counter gets. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since 1970 and a value. */
  readonly samples: readonly (readonly [number, number | undefined])[];
}

/** What OTLP calls a point without a recorded value; Prometheus writes its marker for a stale series. */
const NO_RECORDED_VALUE = 1;
const CUMULATIVE = 2;

/**
 * Writes series into a real Prometheus, with the times given: a past that a test would have to wait for.
 * Source: https://prometheus.io/docs/guides/opentelemetry/, in the JSON encoding of OTLP.
 */
export async function pushMetrics(url: string, series: readonly PushedSeries[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/otlp/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics: series.map(toMetric) }] }],
    }),
  });
  if (!response.ok)
    throw new Error(`Prometheus took no metrics: ${response.status} ${await response.text()}`);
}

function toMetric({ name, kind, labels, samples }: PushedSeries) {
  const attributes = Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const dataPoints = samples.map(([timeMs, value]) => ({
    attributes,
    timeUnixNano: `${timeMs}000000`,
    ...(value === undefined ? { flags: NO_RECORDED_VALUE } : { asDouble: value }),
  }));
  return kind === 'gauge'
    ? { name, gauge: { dataPoints } }
    : { name, sum: { isMonotonic: true, aggregationTemporality: CUMULATIVE, dataPoints } };
}
