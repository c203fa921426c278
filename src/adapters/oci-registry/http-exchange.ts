import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../controller/clock.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import { oneLine } from '../http/one-line.ts';
import type { Certificates } from './certificates.ts';
import type { ConnectionPools } from './connection-pools.ts';
import { TransientRegistryError } from './transient-registry-error.ts';

const USER_AGENT = 'artifactrelease-operator';
const MAX_DETAIL_LENGTH = 200;

/** What a request is for: a label of metrics. */
export type Operation =
  | 'manifest'
  | 'blob'
  | 'referrers'
  | 'tags'
  | 'token'
  | 'push'
  | 'delete'
  | 'upload'
  | 'mount';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';

/** Told of every HTTP request; `status` is undefined when no answer came. Must not throw. */
export interface RegistryObserver {
  requestFinished(registry: string, operation: Operation, status: number | undefined, seconds: number): void;
}

/** What all requests to one registry have in common, those to its realm and its storage too. */
export interface Peer {
  /** Its name for people and metrics. */
  readonly registry: string;
  readonly plainHttp: boolean;
  readonly ca?: Certificates | undefined;
}

/** One HTTP request. */
export interface HttpRequest {
  readonly operation: Operation;
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream can be sent once only. */
  readonly body?: string | Uint8Array | Readable | undefined;
}

/** Sends single HTTP requests over the shared pools. Follows no redirects, looks at no status. */
export class HttpExchange {
  readonly #pools: ConnectionPools;
  readonly #clock: Clock;
  readonly #observer: RegistryObserver;

  constructor(pools: ConnectionPools, clock: Clock, observer: RegistryObserver) {
    this.#pools = pools;
    this.#clock = clock;
    this.#observer = observer;
  }

  /**
   * Resolves with a response whose body is still to be read or dumped. Rejects with RegistryError, transient if the
   * network broke, or with the signal's reason. Plain HTTP is refused wherever the URL is from: a redirect or a realm
   * must not talk us out of encryption.
   */
  async send(peer: Peer, request: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { body, headers, method, operation, url } = request;
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && peer.plainHttp))
      throw new RegistryError(
        'Unavailable',
        `${url.origin} is not https; if that is intended, set plainHttp in the ArtifactRegistry of ${peer.registry}`,
      );
    const ca = await peer.ca?.(signal);
    const startedAt = this.#clock.monotonic();
    let status: number | undefined;
    try {
      const use = body instanceof Readable ? 'uploads' : 'calls';
      const response = await this.#pools.for(url, ca, use).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { 'user-agent': USER_AGENT, ...headers },
        ...(body !== undefined && { body }),
        signal,
      });
      status = response.statusCode;
      return response;
    } catch (error) {
      throw signal.aborted ? signal.reason : toNetworkError(url, error);
    } finally {
      const seconds = (this.#clock.monotonic() - startedAt) / 1000;
      this.#observer.requestFinished(peer.registry, operation, status, seconds);
    }
  }
}

/** A request, or the body of an answer, that broke on the network. */
export function toNetworkError(url: URL, error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const detail = error instanceof Error ? oneLine(error.message, MAX_DETAIL_LENGTH) : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code))
    return new RegistryError(
      'Unavailable',
      `the certificate of ${url.host} is not trusted (${detail}); if its authority is private, put it into an ArtifactRegistry`,
      { cause: error },
    );
  return new TransientRegistryError(`${url.host} cannot be reached: ${detail}`, { cause: error });
}
