import type { Objective } from '../../api/artifact-release-spec.ts';
import type { Random } from '../../controller/backoff.ts';
import { known, type Reading, unknown } from '../../domain/reading.ts';
import { PrometheusClient } from './prometheus-client.ts';
import type { PrometheusConfig } from './prometheus-config.ts';
import { QueryError } from './query-error.ts';
import type { QueryObserver } from './query-observer.ts';
import { QuerySession } from './query-session.ts';

interface Question {
  /** Name of the configured Prometheus. */
  readonly source: string;
  readonly objective: Objective;
}

/** Every configured Prometheus, by name. */
export class PrometheusSources {
  readonly #clients: ReadonlyMap<string, PrometheusClient>;
  readonly #observer: QueryObserver;

  constructor(
    sources: Readonly<Record<string, PrometheusConfig>>,
    observer: QueryObserver,
    random: Random = Math.random,
  ) {
    const clients = Object.entries(sources).map(
      ([name, config]) => [name, new PrometheusClient(config, random)] as const,
    );
    this.#clients = new Map(clients);
    this.#observer = observer;
  }

  /**
   * What `ask` finds out in the source of the question; a QueryError of it is an unknown reading, whose message names
   * the objective. Resolves within the timeout of the source, whatever Prometheus does, if `ask` asks everything at
   * once; an aborted signal is MetricsUnavailable.
   */
  async read<T>(
    { source, objective }: Question,
    signal: AbortSignal,
    ask: (session: QuerySession) => Promise<T>,
  ): Promise<Reading<T>> {
    const client = this.#clients.get(source);
    if (client === undefined) return unknown('SourceNotFound', this.#sourceNotFound(source));
    try {
      return known(await ask(new QuerySession({ source, client, observer: this.#observer, signal })));
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return unknown(error.reason, `objective ${objective.name}: ${error.message}`);
    }
  }

  /** Ends all connections; queries in flight are answered first. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #sourceNotFound(source: string): string {
    const names = [...this.#clients.keys()].join(', ');
    return names === ''
      ? `source ${source}: no Prometheus is configured; start the operator with --prometheus <url>`
      : `source ${source} is not configured; the configured ones are ${names}`;
  }
}
