import type { Totals } from '../../api/artifact-release-status.ts';
import type { Random } from '../../controller/backoff.ts';
import { known, type Reading, unknown } from '../../domain/reading.ts';
import type { SloQuestion, SloSource } from '../../ports/slo-source.ts';
import { toCount } from './count.ts';
import { renderQueries, type SideQueries } from './objective-queries.ts';
import { PrometheusClient } from './prometheus-client.ts';
import type { PrometheusConfig } from './prometheus-config.ts';
import { QueryError } from './query-error.ts';
import type { QueryObserver, QueryOutcome } from './query-observer.ts';
import { type SideName, type SideTotals, toSideTotals } from './side-totals.ts';

/** Where and when the queries of one question are asked. */
interface Session {
  readonly source: string;
  readonly client: PrometheusClient;
  readonly atSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Counts of an objective from Prometheus: four instant queries in parallel, two where there is no stable side.
 *
 * What cannot be counted is an unknown reading, whose message names the objective, the query and a remedy. Where
 * several queries fail, always the same one is named, so that a status does not change by chance.
 */
export class PrometheusSloSource implements SloSource {
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

  /** Resolves within the timeout of the source, whatever Prometheus does; an aborted signal is MetricsUnavailable. */
  async totals(question: SloQuestion, signal: AbortSignal): Promise<Reading<Totals>> {
    const { source, at, windowSeconds } = question;
    const client = this.#clients.get(source);
    if (client === undefined) return unknown('SourceNotFound', this.#sourceNotFound(source));
    try {
      const session = { source, client, atSeconds: at.getTime() / 1000, signal };
      const queries = renderQueries(question);
      const [candidate, stable] = await allOrFirstFailure([
        this.#side(session, 'candidate', queries.candidate),
        queries.stable === undefined
          ? Promise.resolve({ bad: 0, total: 0 })
          : this.#side(session, 'stable', queries.stable),
      ]);
      return known({
        ...candidate,
        stableBad: stable.bad,
        stableTotal: stable.total,
        seconds: windowSeconds,
      });
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      return unknown(error.reason, `objective ${question.objective.name}: ${error.message}`);
    }
  }

  /** Ends all connections; queries in flight are answered first. */
  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #side(session: Session, side: SideName, { total, part }: SideQueries): Promise<SideTotals> {
    const [all, counted] = await allOrFirstFailure([
      this.#count(session, `query total of ${side}`, total, side === 'candidate'),
      this.#count(session, `query ${part.kind} of ${side}`, part.query, false),
    ]);
    return toSideTotals(side, part.kind, counted, all);
  }

  async #count(
    { client, source, atSeconds, signal }: Session,
    place: string,
    promql: string,
    required: boolean,
  ): Promise<number | undefined> {
    const startedAt = performance.now();
    let outcome: QueryOutcome = 'QueryFailed';
    try {
      const count = toCount(await client.query(promql, atSeconds, signal), atSeconds, { required });
      outcome = 'Success';
      return count;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      outcome = error.reason;
      throw error.within(place);
    } finally {
      this.#observer.queryFinished(source, outcome, (performance.now() - startedAt) / 1000);
    }
  }

  #sourceNotFound(source: string): string {
    const names = [...this.#clients.keys()].join(', ');
    return names === ''
      ? `source ${source}: no Prometheus is configured; start the operator with --prometheus <url>`
      : `source ${source} is not configured; the configured ones are ${names}`;
  }
}

/** Waits for all of them, then rejects with the first failure in the order given: not in that of time. */
async function allOrFirstFailure<T>(promises: readonly [Promise<T>, Promise<T>]): Promise<[T, T]> {
  await Promise.allSettled(promises);
  return [await promises[0], await promises[1]];
}
