import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../controller/clock.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import { type Authenticator, type AuthRefusal, type AuthTarget, lacksRights } from './authenticator.ts';
import type { Credential } from './credential.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpExchange, Method, Operation } from './http-exchange.ts';
import { toRefusal } from './refusal.ts';
import { forbidden, isOfCredential, refusedAccess } from './refused-access.ts';
import { isWrite } from './write-failure.ts';

const MAX_REDIRECTS = 3;
const MAX_THROTTLED_TRIES = 3;
const MAX_THROTTLE_WAIT_MS = 5_000;

/** One request to a repository. */
export interface RegistryRequest {
  readonly operation: Operation;
  /** GET unless it says otherwise. */
  readonly method?: Method;
  readonly url: URL;
  readonly accept: string;
  readonly contentType?: string | undefined;
  readonly body?: Uint8Array | UploadedStream | undefined;
  /** What it takes besides the right to do this with its repository, e.g. `repository:shop/cart:pull`. */
  readonly furtherScopes?: readonly string[];
  /** Statuses that are answers; all others are refusals. Redirects in here are not followed. */
  readonly answers: (status: number) => boolean;
}

/** A body that is not held in memory, and so can be sent once only. */
export interface UploadedStream {
  readonly stream: Readable;
  /** Bytes. */
  readonly size: number;
}

/** Whatever it is, its body is still to be read or dumped. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * Sends one request, with credentials, redirects and short waits.
 *
 * Guarantees:
 * - each credential is tried until one is accepted; each gets one more try when a 401 says what it takes, or when a
 *   remembered token is refused;
 * - only reads are redirected; another origin, by a redirect or as the place of an upload, gets no credentials, nor is
 *   it asked which ones it takes;
 * - a 429 or 503 that says when to come back is obeyed up to 3 times, of at most 5 s each; a longer wait is the
 *   caller's to schedule and is found in the error;
 * - a stream is sent once: what refuses it is the answer;
 * - a request that broke on the network is not repeated here.
 */
export class RegistryTransport {
  readonly #http: HttpExchange;
  readonly #authenticator: Authenticator;
  readonly #clock: Clock;

  constructor(http: HttpExchange, authenticator: Authenticator, clock: Clock) {
    this.#http = http;
    this.#authenticator = authenticator;
    this.#clock = clock;
  }

  /** Rejects with RegistryError, or with the signal's reason. */
  async send(endpoint: Endpoint, request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> {
    const { credentials, problems } = await endpoint.candidates(signal);
    const refusals: RegistryError[] = [];
    for (const credential of credentials) {
      const answer = await this.#sendAs(credential, endpoint, request, signal);
      if (!(answer instanceof RegistryError)) {
        endpoint.accept(credential);
        return answer;
      }
      refusals.push(answer);
      if (isStreamed(request)) break;
    }
    throw refusedAccess(request.operation, refusals, credentials, problems);
  }

  /** Resolves to the refusal where it is the credential that is refused; rejects with any other. */
  async #sendAs(
    credential: Credential | undefined,
    { options }: Endpoint,
    request: RegistryRequest,
    signal: AbortSignal,
  ): Promise<RegistryAnswer | RegistryError> {
    const target: AuthTarget = { ...options, credential, scopes: scopesOf(options.path, request) };
    const begunAt = this.#clock.monotonic();
    for (let learnt = false; ; ) {
      const authorization = await this.#authorize(target, signal);
      if (authorization instanceof RegistryError) return authorization;
      const response = await this.#patiently(target, request, authorization, signal);
      const { headers, statusCode: status } = response;
      if (request.answers(status)) return { status, headers, body: response.body };
      const refusal = await toRefusal(response, request.operation, this.#clock.now());
      if (status !== 401 && status !== 403) throw refusal;
      const wwwAuthenticate = [headers['www-authenticate'] ?? []].flat().join(', ');
      const authorized = authorization.authorization !== undefined;
      const refused: AuthRefusal = { authorized, begunAt, status, wwwAuthenticate };
      learnt = !learnt && this.#authenticator.learn(target, refused) && !isStreamed(request);
      if (!learnt) return lacksRights(target, refused) ? forbidden(refusal) : refusal;
    }
  }

  /** The refusal of the realm, where it gives no token for this credential. */
  async #authorize(
    target: AuthTarget,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | RegistryError> {
    try {
      return await this.#authenticator.headers(target, signal);
    } catch (error) {
      if (error instanceof RegistryError && isOfCredential(error)) return error;
      throw error;
    }
  }

  /** Out of time while waiting means that the refusal was the answer. */
  async #patiently(
    target: AuthTarget,
    request: RegistryRequest,
    authorization: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const maxTries = isStreamed(request) ? 0 : MAX_THROTTLED_TRIES;
    for (let tries = 1; ; tries += 1) {
      const response = await this.#follow(target, request, authorization, signal);
      const { headers, statusCode } = response;
      if (statusCode !== 429 && (statusCode !== 503 || headers['retry-after'] === undefined)) return response;
      const refusal = await toRefusal(response, request.operation, this.#clock.now());
      const waitMs = refusal.retryAfterMs;
      if (waitMs === undefined || waitMs > MAX_THROTTLE_WAIT_MS || tries > maxTries) throw refusal;
      await this.#clock.sleep(waitMs, signal).catch(() => {
        throw refusal;
      });
    }
  }

  async #follow(
    { origin, peer }: AuthTarget,
    request: RegistryRequest,
    authorization: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { answers, body, method = 'GET', operation } = request;
    let { url } = request;
    for (let redirects = 0; ; redirects += 1) {
      const headers = { ...contentHeaders(request), ...(url.origin === origin && authorization) };
      const sent = { operation, method, url, headers, body: body && 'stream' in body ? body.stream : body };
      const response = await this.#http.send(peer, sent, signal);
      const { headers: answered, statusCode } = response;
      const { location } = answered;
      const isRedirect = statusCode >= 300 && statusCode < 400 && !answers(statusCode) && !isWrite(operation);
      if (!isRedirect || typeof location !== 'string' || !URL.canParse(location, url.href))
        return url.origin === origin ? response : withoutChallenge(response);
      await response.body.dump();
      if (redirects === MAX_REDIRECTS)
        throw new RegistryError('Malformed', `it redirects more than ${MAX_REDIRECTS} times`);
      url = new URL(location, url);
    }
  }
}

/** Else the origin that answers could have the credentials of the registry sent to a realm of its own. */
function withoutChallenge(response: Dispatcher.ResponseData): Dispatcher.ResponseData {
  const { 'www-authenticate': _, ...headers } = response.headers;
  return { ...response, headers };
}

const isStreamed = ({ body }: RegistryRequest): boolean => body !== undefined && 'stream' in body;

function contentHeaders({ accept, body, contentType }: RegistryRequest): Readonly<Record<string, string>> {
  return {
    accept,
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...(body !== undefined && 'stream' in body && { 'content-length': String(body.size) }),
  };
}

/** As registries ask for them: one that may write has to be able to read as well. */
function scopesOf(path: string, { furtherScopes = [], operation }: RegistryRequest): readonly string[] {
  const writing = operation === 'delete' ? 'pull,push,delete' : 'pull,push';
  return [`repository:${path}:${isWrite(operation) ? writing : 'pull'}`, ...furtherScopes];
}
