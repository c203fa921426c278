import { Agent, errors } from 'undici';
import type { Random } from '../../controller/backoff.ts';
import { milliseconds } from '../../domain/time.ts';
import { retryBriefly } from '../http/brief-retry.ts';
import { authorizationHeader } from './authorization.ts';
import type { PrometheusConfig } from './prometheus-config.ts';
import { QueryError, TransientQueryError } from './query-error.ts';
import {
  type InstantResult,
  parseInstant,
  parseRange,
  type QueryAnswer,
  type RangeResult,
  shorten,
} from './query-response.ts';
import type { TimeRange } from './time-range.ts';
import { tlsConnector } from './tls-connector.ts';

/** Connections are queries in flight, as HTTP/1.1 carries one each: a thousand releases queue up in here instead. */
const MAX_IN_FLIGHT = 32;

/** One series of 11,000 points is half of this. More is a query that forgot to aggregate, and not worth the memory. */
const MAX_RESPONSE_BYTES = 1024 * 1024;

const USER_AGENT = 'artifactrelease-operator';

interface Request<T> {
  readonly path: 'query' | 'query_range';
  readonly form: Readonly<Record<string, string>>;
  readonly parse: (status: number, body: string) => QueryAnswer<T>;
}

/**
 * Queries to one Prometheus, over one connection pool. They reject with QueryError, and with nothing else, after at
 * most the timeout of the source.
 */
export class PrometheusClient {
  readonly #config: PrometheusConfig;
  readonly #endpoint: URL;
  readonly #timeoutMs: number;
  readonly #agent: Agent;
  readonly #random: Random;

  constructor(config: PrometheusConfig, random: Random) {
    this.#config = config;
    this.#endpoint = new URL(`${config.url}/api/v1/`);
    this.#timeoutMs = milliseconds(config.timeout);
    this.#random = random;
    this.#agent = new Agent({
      connections: MAX_IN_FLIGHT,
      pipelining: 1,
      allowH2: false,
      maxResponseSize: MAX_RESPONSE_BYTES,
      connect:
        config.tls === undefined ? { timeout: this.#timeoutMs } : tlsConnector(config.tls, this.#timeoutMs),
    });
  }

  /** The value of `promql` at `atSeconds` (since 1970). */
  async query(promql: string, atSeconds: number, signal: AbortSignal): Promise<QueryAnswer<InstantResult>> {
    const form = { query: promql, time: String(atSeconds) };
    return await this.#ask({ path: 'query', form, parse: parseInstant }, signal);
  }

  /** The values of `promql` at every step of a range of at most 11,000. */
  async queryRange(promql: string, range: TimeRange, signal: AbortSignal): Promise<QueryAnswer<RangeResult>> {
    const inSeconds = (ms: number): string => String(ms / 1000);
    const form = {
      query: promql,
      start: inSeconds(range.startMs),
      end: inSeconds(range.endMs),
      step: inSeconds(range.stepMs),
    };
    return await this.#ask({ path: 'query_range', form, parse: parseRange }, signal);
  }

  /** Ends the connections; queries in flight are answered first. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #ask<T>(request: Request<T>, signal: AbortSignal): Promise<QueryAnswer<T>> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#timeoutMs)]);
    try {
      return await retryBriefly(() => this.#post(request, deadline), {
        isTransient: (error) => error instanceof TransientQueryError,
        signal: deadline,
        random: this.#random,
      });
    } catch (error) {
      if (signal.aborted) throw new QueryError('MetricsUnavailable', 'the query was cancelled', error);
      if (deadline.aborted) throw new QueryError('MetricsUnavailable', this.#lateMessage(error), error);
      throw error;
    }
  }

  async #post<T>({ path, form, parse }: Request<T>, signal: AbortSignal): Promise<QueryAnswer<T>> {
    const authorization = await authorizationHeader(this.#config);
    try {
      const { statusCode, body } = await this.#agent.request({
        origin: this.#endpoint.origin,
        path: `${this.#endpoint.pathname}${path}`,
        method: 'POST',
        headers: {
          ...this.#config.headers,
          ...authorization,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          'user-agent': USER_AGENT,
        },
        body: new URLSearchParams(form).toString(),
        signal,
      });
      return parse(statusCode, await body.text());
    } catch (error) {
      throw toQueryError(error);
    }
  }

  /** A deadline that a failing server used up names the failure as well, else it would hide it. */
  #lateMessage(error: unknown): string {
    const late = `no answer within ${this.#config.timeout}`;
    return error instanceof TransientQueryError && error.cause === undefined
      ? `${late}; ${error.message}`
      : late;
  }
}

function toQueryError(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return new QueryError(
      'QueryFailed',
      'the answer is longer than 1 MiB; wrap the query in sum(...)',
      error,
    );
  const detail = error instanceof Error ? error.message : String(error);
  return new TransientQueryError(`Prometheus cannot be reached: ${shorten(detail)}`, error);
}
