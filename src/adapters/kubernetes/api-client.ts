/**
 * The Kubernetes API as raw JSON over one connection pool.
 *
 * Raw, because generated models drop the fields they do not know and then write objects back without them.
 * The content type of a patch is in the method's name, because a default is what people get wrong.
 *
 * Guarantees:
 * - every call but `watch` ends within its timeout, retries and waits included;
 * - reads are repeated on network errors, writes never are;
 * - a call rejects with KubeApiError (the server refused), ConnectionError (no usable answer, including the
 *   timeout) or the reason of the caller's signal, and with nothing else;
 * - response bodies and watch lines are bounded.
 *
 * Assumption: callers know what they asked for. The type parameter is a claim about the answer, not a check.
 */
import type { Dispatcher } from 'undici';
import type { Random } from '../../controller/backoff.ts';
import { type Clock, systemClock } from '../../controller/clock.ts';
import { withDeadline } from '../../controller/deadline.ts';
import { MalformedEventError } from '../../controller/list-watcher.ts';
import { retryBriefly } from '../http/brief-retry.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { ConnectionError } from './connection-error.ts';
import {
  describeRequest,
  type HttpRequest,
  HttpTransport,
  type Query,
  type RequestObserver,
} from './http-transport.ts';
import { KubeApiError } from './kube-api-error.ts';
import { readText } from './response-body.ts';
import { decodeWatchStream, type RawWatchEvent } from './watch-stream.ts';

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_WATCH_LINE_BYTES = 16 * 1024 * 1024;

/** What every call takes. */
export interface RequestOptions {
  readonly query?: Query;
  /** Ends the call early. */
  readonly signal?: AbortSignal;
  /** Bound (ms) on the whole call; 15 s by default. */
  readonly timeoutMs?: number;
}

/** Who owns the fields that are written. */
export interface PatchOptions extends RequestOptions {
  readonly fieldManager: string;
}

/** Server-side apply: `force` takes fields over from other managers; without it that is a 409. */
export interface ApplyOptions extends PatchOptions {
  readonly force?: boolean;
}

/** How to delete; a precondition that does not hold is a 409. */
export interface DeleteOptions extends RequestOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** Seconds; 0 says that nothing is left to be ended. The kind's own default if absent. */
  readonly gracePeriodSeconds?: number;
}

/** One RFC 6902 operation. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/** A page of a collection. */
export interface KubeList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** Collaborators; only `access` has no default. */
export interface ApiClientOptions {
  readonly access: ClusterAccess;
  readonly userAgent?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly observer?: RequestObserver;
}

const UNOBSERVED: RequestObserver = { observeRequest: () => undefined };

/** See the head of this file. Paths come from `resourcePath`. */
export class ApiClient {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #transport: HttpTransport;
  readonly #dispatcher: Dispatcher;

  constructor(options: ApiClientOptions) {
    const { access, clock = systemClock, observer = UNOBSERVED, userAgent = 'kubernetes-operator' } = options;
    this.#clock = clock;
    this.#random = options.random ?? Math.random;
    this.#dispatcher = access.dispatcher;
    this.#transport = new HttpTransport({ access, clock, observer, userAgent });
  }

  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.#read({ verb: 'get', method: 'GET', path }, options);
  }

  /** One page; pass `limit` and `continue` in the query. */
  list<T>(path: string, options: RequestOptions = {}): Promise<KubeList<T>> {
    return this.#read({ verb: 'list', method: 'GET', path }, options);
  }

  /** Posts to a collection. */
  create<T>(path: string, body: object, options: RequestOptions = {}): Promise<T> {
    return this.#write({ verb: 'create', method: 'POST', path }, 'application/json', body, options);
  }

  /** Replaces a whole object; with `metadata.resourceVersion` only if it has not changed since. */
  update<T>(path: string, body: object, options: RequestOptions = {}): Promise<T> {
    return this.#write({ verb: 'update', method: 'PUT', path }, 'application/json', body, options);
  }

  /** Server-side apply. JSON is YAML, so the body needs no other form. */
  apply<T>(path: string, body: object, options: ApplyOptions): Promise<T> {
    const query = { ...options.query, fieldManager: options.fieldManager, force: options.force };
    const request: HttpRequest = { verb: 'apply', method: 'PATCH', path };
    return this.#write(request, 'application/apply-patch+yaml', body, { ...options, query });
  }

  /** RFC 7386; with `metadata.resourceVersion` in the body only if the object has not changed since. */
  mergePatch<T>(path: string, body: object, options: PatchOptions): Promise<T> {
    const query = { ...options.query, fieldManager: options.fieldManager };
    const request: HttpRequest = { verb: 'patch', method: 'PATCH', path };
    return this.#write(request, 'application/merge-patch+json', body, { ...options, query });
  }

  /** RFC 6902; a `test` operation that does not hold is a 422. */
  jsonPatch<T>(
    path: string,
    operations: readonly JsonPatchOperation[],
    options: RequestOptions = {},
  ): Promise<T> {
    const request: HttpRequest = { verb: 'patch', method: 'PATCH', path };
    return this.#write(request, 'application/json-patch+json', operations, options);
  }

  /** Resolves with what the server answers: the object while it terminates, or a Status. */
  delete(path: string, options: DeleteOptions = {}): Promise<unknown> {
    const { propagationPolicy, preconditions, gracePeriodSeconds } = options;
    const body = { propagationPolicy, preconditions, gracePeriodSeconds };
    return this.#write({ verb: 'delete', method: 'DELETE', path }, 'application/json', body, options);
  }

  /**
   * Watches a collection until the server closes it (the iteration ends), something breaks (it throws) or the
   * signal aborts (it throws the reason). The server has to accept within 15 s; from there on silence is the
   * caller's to judge. Also throws MalformedEventError.
   */
  async *watch(path: string, query: Query, signal: AbortSignal): AsyncGenerator<RawWatchEvent> {
    yield* await this.openWatch(path, query, signal);
  }

  /** As `watch`, but resolves when the server has accepted. The signal has to abort if the events are not read. */
  async openWatch(path: string, query: Query, signal: AbortSignal): Promise<AsyncGenerator<RawWatchEvent>> {
    const request: HttpRequest = { verb: 'watch', method: 'GET', path, query: { ...query, watch: true } };
    const stream = new AbortController();
    const onAbort = (): void => stream.abort(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const release = (): void => {
      signal.removeEventListener('abort', onAbort);
      stream.abort();
    };
    try {
      const response = await withDeadline(this.#clock, DEFAULT_TIMEOUT_MS, stream.signal, (opening) => {
        opening.addEventListener('abort', () => stream.abort(opening.reason), { once: true });
        return this.#transport.send(request, stream.signal);
      });
      return readWatch(response.body, request, signal, release);
    } catch (error) {
      release();
      throw toCallError(error, request, signal);
    }
  }

  /** Drops every connection, also those of running watches. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  #read<T>(request: HttpRequest, options: RequestOptions): Promise<T> {
    return this.#withTimeout(request, options, (signal) =>
      retryBriefly(() => this.#exchange<T>({ ...request, query: options.query ?? {} }, signal), {
        isTransient: (error) => error instanceof ConnectionError,
        signal,
        random: this.#random,
      }),
    );
  }

  #write<T>(request: HttpRequest, contentType: string, body: object, options: RequestOptions): Promise<T> {
    const complete = { ...request, contentType, body: JSON.stringify(body), query: options.query ?? {} };
    return this.#withTimeout(request, options, (signal) => this.#exchange<T>(complete, signal));
  }

  async #withTimeout<T>(
    request: HttpRequest,
    options: RequestOptions,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline(this.#clock, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, options.signal, work);
    } catch (error) {
      throw toCallError(error, request, options.signal);
    }
  }

  async #exchange<T>(request: HttpRequest, signal: AbortSignal): Promise<T> {
    const response = await this.#transport.send(request, signal);
    try {
      return JSON.parse(await readText(response.body, MAX_RESPONSE_BYTES));
    } catch (error) {
      throw signal.aborted ? signal.reason : toCallError(error, request, signal);
    }
  }
}

async function* readWatch(
  body: AsyncIterable<Uint8Array>,
  request: HttpRequest,
  signal: AbortSignal,
  release: () => void,
): AsyncGenerator<RawWatchEvent> {
  try {
    yield* decodeWatchStream(body, MAX_WATCH_LINE_BYTES);
  } catch (error) {
    throw toCallError(error, request, signal);
  } finally {
    release();
  }
}

function toCallError(error: unknown, request: HttpRequest, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof KubeApiError || error instanceof ConnectionError) return error;
  if (error instanceof MalformedEventError) return error;
  return new ConnectionError(describeRequest(request), error);
}
