import { Histogram, type Registry } from 'prom-client';

const QUERY_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Reports queries to Prometheus, by source and outcome. */
export class QueryMetrics {
  readonly #seconds: Histogram<'source' | 'outcome'>;

  constructor(registry: Registry) {
    this.#seconds = new Histogram({
      name: 'artifactrelease_query_duration_seconds',
      help: 'Time until a query was answered, with retries and the wait for a free connection.',
      labelNames: ['source', 'outcome'],
      buckets: QUERY_SECONDS,
      registers: [registry],
    });
  }

  queryFinished(source: string, outcome: string, seconds: number): void {
    this.#seconds.observe({ source, outcome }, seconds);
  }
}
