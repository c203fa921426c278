import { Gauge, Histogram, type Registry } from 'prom-client';

const READING_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120];

/** Reports what is read about digests, by how it ended. */
export class VerificationMetrics {
  readonly #seconds: Histogram<'outcome'>;
  readonly #queued: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#seconds = new Histogram({
      name: 'artifactrelease_verification_reading_duration_seconds',
      help: 'Time until everything attached to a digest was read and examined, or that was given up; outcome Success, or why.',
      labelNames: ['outcome'],
      buckets: READING_SECONDS,
      registers,
    });
    this.#queued = new Gauge({
      name: 'artifactrelease_verification_readings_queued',
      help: 'Digests that wait to be read.',
      registers,
    });
  }

  readingFinished(seconds: number, reason: string | undefined): void {
    this.#seconds.observe({ outcome: reason ?? 'Success' }, seconds);
  }

  readingsQueued(count: number): void {
    this.#queued.set(count);
  }
}
