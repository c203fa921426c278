/**
 * Metrics of the runtime: queues, controllers, reflectors, leadership, API requests, dropped events.
 *
 * Labels come from closed sets (verbs, status classes, outcomes, reasons) or are names given where the program is put
 * together, never from objects. Counters whose labels are known are created at 0, so that a rate exists from the
 * first scrape on.
 *
 * Assumption: one instance a registry; prom-client refuses a second metric of the same name.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type ControllerMetrics, PASS_OUTCOMES } from '../controller/controller.ts';
import type { LeadershipMetrics } from '../controller/leadership.ts';
import type { ReflectorMetrics } from '../controller/reflector.ts';
import type { QueueGauges, QueueMetrics } from '../controller/work-queue.ts';
import { statusClass } from './status-class.ts';

const REQUEST_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15];
const WORK_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300];

/** Reports API requests; the API client's observer. */
export interface RequestMetrics {
  observeRequest(verb: string, status: number | undefined, seconds: number): void;
}

/** See the head of this file. */
export class RuntimeMetrics {
  readonly #registers: Registry[];
  readonly #prefix: string;
  readonly #queues: QueueFamilies;
  readonly #passes: Counter<'controller' | 'result'>;
  readonly #passSeconds: Histogram<'controller'>;
  readonly #reflectors: ReflectorFamilies;

  /** `prefix` starts every name, for example `example_`. */
  constructor(registry: Registry, prefix: string) {
    this.#registers = [registry];
    this.#prefix = prefix;
    this.#queues = this.#createQueueFamilies();
    this.#reflectors = this.#createReflectorFamilies();
    this.#passes = this.#counter('reconcile_total', 'Passes, by how they ended.', ['controller', 'result']);
    this.#passSeconds = this.#histogram('reconcile_duration_seconds', 'Time a pass took.', WORK_SECONDS, [
      'controller',
    ]);
  }

  queue(queue: string): QueueMetrics {
    const { gauges, adds, retries, latency, work } = this.#queues;
    adds.inc({ queue }, 0);
    retries.inc({ queue }, 0);
    return {
      observeGauges: (source) => gauges.set(queue, source),
      countAdd: () => adds.inc({ queue }),
      countRetry: () => retries.inc({ queue }),
      observeLatency: (seconds) => latency.observe({ queue }, seconds),
      observeWork: (seconds) => work.observe({ queue }, seconds),
    };
  }

  controller(controller: string): ControllerMetrics {
    for (const result of PASS_OUTCOMES) this.#passes.inc({ controller, result }, 0);
    return {
      observePass: (result, seconds) => {
        this.#passes.inc({ controller, result });
        this.#passSeconds.observe({ controller }, seconds);
      },
    };
  }

  reflector(reflector: string): ReflectorMetrics {
    const { lastContact, relists, malformed, connected } = this.#reflectors;
    for (const reason of ['initial', 'expired']) relists.inc({ reflector, reason }, 0);
    malformed.inc({ reflector }, 0);
    connected.set({ reflector }, 0);
    return {
      recordContact: (at) => lastContact.set({ reflector }, at.getTime() / 1000),
      countRelist: (reason) => relists.inc({ reflector, reason }),
      countMalformedEvent: () => malformed.inc({ reflector }),
      setConnected: (isConnected) => connected.set({ reflector }, isConnected ? 1 : 0),
    };
  }

  leadership(): LeadershipMetrics {
    const leader = this.#gauge('leader', 'Whether this process leads.', []);
    const failures = this.#counter(
      'leader_failed_renewals_total',
      'Attempts to renew the lease that failed.',
      [],
    );
    return {
      setLeading: (leading) => leader.set(leading ? 1 : 0),
      countFailedRenewal: () => failures.inc(),
    };
  }

  requests(): RequestMetrics {
    const help = 'Time until the response headers of an API request.';
    const seconds = this.#histogram('api_request_duration_seconds', help, REQUEST_SECONDS, [
      'verb',
      'status',
    ]);
    return {
      observeRequest: (verb, status, duration) =>
        seconds.observe({ verb, status: statusClass(status) }, duration),
    };
  }

  /** Counts events that were not written, by one of `reasons`. */
  droppedEvents<Reason extends string>(reasons: readonly Reason[]): (reason: Reason) => void {
    const dropped = this.#counter('events_dropped_total', 'Events that were not written.', ['reason']);
    for (const reason of reasons) dropped.inc({ reason }, 0);
    return (reason) => dropped.inc({ reason });
  }

  #createQueueFamilies(): QueueFamilies {
    const labels = ['queue'] as const;
    const gauges = new Map<string, QueueGauges>();
    this.#gauge('workqueue_depth', 'Keys that are due and wait for a worker.', labels, (gauge) => {
      for (const [queue, source] of gauges) gauge.set({ queue }, source.depth());
    });
    this.#gauge('workqueue_longest_running_seconds', 'Age of the oldest key in work.', labels, (gauge) => {
      for (const [queue, source] of gauges) gauge.set({ queue }, source.longestRunningSeconds());
    });
    return {
      gauges,
      adds: this.#counter('workqueue_adds_total', 'Keys that became due.', labels),
      retries: this.#counter('workqueue_retries_total', 'Keys that are tried again after a failure.', labels),
      latency: this.#histogram('workqueue_latency_seconds', 'Time a due key waited.', WORK_SECONDS, labels),
      work: this.#histogram(
        'workqueue_work_duration_seconds',
        'Time a key was in work.',
        WORK_SECONDS,
        labels,
      ),
    };
  }

  #createReflectorFamilies(): ReflectorFamilies {
    const labels = ['reflector'] as const;
    return {
      lastContact: this.#gauge(
        'reflector_last_event_timestamp_seconds',
        'When the server was last heard of.',
        labels,
      ),
      relists: this.#counter('reflector_relists_total', 'Whole lists read, by why.', ['reflector', 'reason']),
      malformed: this.#counter(
        'reflector_malformed_events_total',
        'Watch lines that could not be read.',
        labels,
      ),
      connected: this.#gauge('reflector_connected', 'Whether a watch is open.', labels),
    };
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: this.#prefix + name, help, labelNames, registers: this.#registers });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (gauge: Gauge<Label>) => void = () => undefined,
  ): Gauge<Label> {
    return new Gauge({
      name: this.#prefix + name,
      help,
      labelNames,
      registers: this.#registers,
      collect() {
        collect(this);
      },
    });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[],
  ): Histogram<Label> {
    return new Histogram({
      name: this.#prefix + name,
      help,
      buckets,
      labelNames,
      registers: this.#registers,
    });
  }
}

interface QueueFamilies {
  readonly gauges: Map<string, QueueGauges>;
  readonly adds: Counter<'queue'>;
  readonly retries: Counter<'queue'>;
  readonly latency: Histogram<'queue'>;
  readonly work: Histogram<'queue'>;
}

interface ReflectorFamilies {
  readonly lastContact: Gauge<'reflector'>;
  readonly relists: Counter<'reflector' | 'reason'>;
  readonly malformed: Counter<'reflector'>;
  readonly connected: Gauge<'reflector'>;
}
