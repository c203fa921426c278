/**
 * Sends one request at a time of its caller over the shared connection pool.
 *
 * Guarantees:
 * - a 401 is answered by fresh credentials and one more try: the server has not looked at the request yet;
 * - a 429 or 503 that says when to come back is obeyed, for every verb, up to 3 times of at most 5 s each; a longer
 *   wait is the caller's to schedule and is found in the error;
 * - a request that broke on the network is never repeated here, because a write may have happened.
 */
import type { Dispatcher } from 'undici';
import type { Clock } from '../../controller/clock.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { AuthHeaders } from './auth-headers.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { ConnectionError } from './connection-error.ts';
import { KubeApiError, parseStatus } from './kube-api-error.ts';
import { readText } from './response-body.ts';

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_THROTTLED_TRIES = 3;
const MAX_THROTTLE_WAIT_MS = 5_000;

/** What the request is for: the `verb` label of the client's metrics. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'apply' | 'delete';

/** One answered or broken HTTP request. `status` is undefined when no response came. */
export interface RequestObserver {
  observeRequest(verb: Verb, status: number | undefined, seconds: number): void;
}

/** One HTTP request to the API server. */
export interface HttpRequest {
  readonly verb: Verb;
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly query?: Query;
  readonly body?: string;
  readonly contentType?: string;
}

/** Query parameters; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Collaborators of the transport. */
export interface TransportOptions {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly observer: RequestObserver;
}

/** A request as people read it in errors: without its query, which may hold selectors. */
export function describeRequest(request: HttpRequest): string {
  return `${request.method} ${request.path}`;
}

/** See the head of this file. */
export class HttpTransport {
  readonly #options: TransportOptions;
  readonly #auth: AuthHeaders;
  readonly #origin: string;
  readonly #pathPrefix: string;

  constructor(options: TransportOptions) {
    const server = new URL(options.access.server);
    this.#options = options;
    this.#auth = new AuthHeaders(() => options.access.authenticate(), options.clock);
    this.#origin = server.origin;
    this.#pathPrefix = server.pathname.replace(/\/+$/, '');
  }

  /**
   * Resolves with a response whose status is below 300 and whose body is still to be read.
   * Rejects with KubeApiError for any other status, ConnectionError when none came, or the signal's reason.
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let renewed = false;
    for (let tries = 1; ; ) {
      const headers = await this.#authenticate(request);
      const response = await this.#dispatch(request, headers, signal);
      if (response.statusCode < 300) return response;
      const error = await toApiError(request, response, this.#options.clock.now());
      if (error.status === 401 && !renewed) {
        renewed = true;
        await this.#auth.invalidate(headers);
      } else if (isBriefThrottle(error) && tries <= MAX_THROTTLED_TRIES) {
        tries += 1;
        await this.#waitAsAsked(error, signal);
      } else {
        throw error;
      }
    }
  }

  async #authenticate(request: HttpRequest): Promise<Readonly<Record<string, string>>> {
    try {
      return await this.#auth.get();
    } catch (cause) {
      throw new ConnectionError(describeRequest(request), cause);
    }
  }

  async #dispatch(
    request: HttpRequest,
    authHeaders: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { access, clock, observer, userAgent } = this.#options;
    const startedAt = clock.monotonic();
    let status: number | undefined;
    try {
      const response = await access.dispatcher.request({
        origin: this.#origin,
        path: this.#pathPrefix + request.path + toQueryString(request.query),
        method: request.method,
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
          ...authHeaders,
        },
        ...(request.body === undefined ? {} : { body: request.body }),
        bodyTimeout: 0, // every caller bounds the whole exchange by its signal
        signal,
      });
      status = response.statusCode;
      return response;
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new ConnectionError(describeRequest(request), cause);
    } finally {
      observer.observeRequest(request.verb, status, (clock.monotonic() - startedAt) / 1000);
    }
  }

  /** Out of time while waiting means that the refusal was the answer. */
  async #waitAsAsked(refusal: KubeApiError, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(refusal.retryAfterMs ?? 0, signal);
    } catch {
      throw refusal;
    }
  }
}

function isBriefThrottle(error: KubeApiError): boolean {
  const throttled = error.status === 429 || error.status === 503;
  return throttled && error.retryAfterMs !== undefined && error.retryAfterMs <= MAX_THROTTLE_WAIT_MS;
}

async function toApiError(
  request: HttpRequest,
  response: Dispatcher.ResponseData,
  now: Date,
): Promise<KubeApiError> {
  const body = await readText(response.body, MAX_ERROR_BYTES).catch(() => '');
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], now);
  return new KubeApiError(describeRequest(request), response.statusCode, {
    ...parseStatus(body),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function toQueryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}
