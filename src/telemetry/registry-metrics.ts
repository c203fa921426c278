import { Counter, Histogram, type Registry } from 'prom-client';
import { statusClass } from './status-class.ts';

const REQUEST_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Registries with series of their own. Anybody who writes a release names one, so there must be an end to it. */
const MAX_REGISTRIES = 20;
const OTHER = 'other';

/** Reports requests to registries: the registry client's observer. */
export class RegistryMetrics {
  readonly #requests: Counter<'registry' | 'operation' | 'status'>;
  readonly #seconds: Histogram<'registry'>;
  readonly #registries = new Set<string>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'artifactrelease_registry_requests_total',
      help: 'HTTP requests to registries and their token services; status none stands for no answer.',
      labelNames: ['registry', 'operation', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'artifactrelease_registry_request_duration_seconds',
      help: 'Time until the header of an answer of a registry, with the wait for a free connection.',
      labelNames: ['registry'],
      buckets: REQUEST_SECONDS,
      registers,
    });
  }

  requestFinished(registry: string, operation: string, status: number | undefined, seconds: number): void {
    const label = this.#labelOf(registry);
    this.#requests.inc({ registry: label, operation, status: statusClass(status) });
    this.#seconds.observe({ registry: label }, seconds);
  }

  /** The first to be asked have their own name. */
  #labelOf(registry: string): string {
    if (this.#registries.size < MAX_REGISTRIES) this.#registries.add(registry);
    return this.#registries.has(registry) ? registry : OTHER;
  }
}
