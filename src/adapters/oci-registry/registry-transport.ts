import type { Dispatcher } from 'undici';
import type { Clock } from '../../controller/clock.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import type { Authenticator, AuthTarget } from './authenticator.ts';
import type { Credential } from './credential.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpExchange, Operation } from './http-exchange.ts';
import { toRefusal } from './refusal.ts';

const MAX_REDIRECTS = 3;
const MAX_THROTTLED_TRIES = 3;
const MAX_THROTTLE_WAIT_MS = 5_000;

/** One read from a repository. */
export interface RegistryRequest {
  readonly operation: Operation;
  readonly url: URL;
  readonly accept: string;
  /** Statuses that are answers; all others are refusals. Redirects in here are not followed. */
  readonly answers: (status: number) => boolean;
}

/** Whatever it is, its body is still to be read or dumped. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * Sends one read, with credentials, redirects and short waits.
 *
 * Guarantees:
 * - each credential is tried until one is accepted; each gets one more try when a 401 says what it takes, or when a
 *   remembered token is refused;
 * - a redirect gets no credentials unless it stays at the same origin;
 * - a 429 or 503 that says when to come back is obeyed up to 3 times, of at most 5 s each; a longer wait is the
 *   caller's to schedule and is found in the error;
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
  async get(endpoint: Endpoint, request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> {
    const { credentials, problems } = await endpoint.candidates(signal);
    let refusal: RegistryError | undefined;
    for (const credential of credentials) {
      try {
        const answer = await this.#getAs(credential, endpoint, request, signal);
        endpoint.accept(credential);
        return answer;
      } catch (error) {
        if (!(error instanceof RegistryError) || error.reason !== 'Unauthorized') throw error;
        refusal ??= error;
      }
    }
    throw new RegistryError('Unauthorized', describeRefusal(refusal?.message, credentials, problems), {
      cause: refusal,
    });
  }

  async #getAs(
    credential: Credential | undefined,
    { options }: Endpoint,
    request: RegistryRequest,
    signal: AbortSignal,
  ): Promise<RegistryAnswer> {
    const target: AuthTarget = { ...options, credential };
    const begunAt = this.#clock.monotonic();
    for (let learnt = false; ; ) {
      const authorization = await this.#authenticator.headers(target, signal);
      const response = await this.#patiently(target, request, authorization, signal);
      const { headers, statusCode: status } = response;
      if (request.answers(status)) return { status, headers, body: response.body };
      const refusal = await toRefusal(response, this.#clock.now());
      if (learnt || refusal.reason !== 'Unauthorized') throw refusal;
      const wwwAuthenticate = [headers['www-authenticate'] ?? []].flat().join(', ');
      const authorized = authorization.authorization !== undefined;
      learnt = this.#authenticator.learn(target, { authorized, begunAt, status, wwwAuthenticate });
      if (!learnt) throw refusal;
    }
  }

  /** Out of time while waiting means that the refusal was the answer. */
  async #patiently(
    target: AuthTarget,
    request: RegistryRequest,
    authorization: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    for (let tries = 1; ; tries += 1) {
      const response = await this.#follow(target, request, authorization, signal);
      const { headers, statusCode } = response;
      if (statusCode !== 429 && (statusCode !== 503 || headers['retry-after'] === undefined)) return response;
      const refusal = await toRefusal(response, this.#clock.now());
      const waitMs = refusal.retryAfterMs;
      if (waitMs === undefined || waitMs > MAX_THROTTLE_WAIT_MS || tries > MAX_THROTTLED_TRIES) throw refusal;
      await this.#clock.sleep(waitMs, signal).catch(() => {
        throw refusal;
      });
    }
  }

  async #follow(
    { origin, peer }: AuthTarget,
    { accept, answers, operation, url: start }: RegistryRequest,
    authorization: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    let url = start;
    for (let redirects = 0; ; redirects += 1) {
      const headers = { accept, ...(url.origin === origin && authorization) };
      const response = await this.#http.send(peer, { operation, url, headers }, signal);
      const { headers: answered, statusCode } = response;
      const { location } = answered;
      const isRedirect = statusCode >= 300 && statusCode < 400 && !answers(statusCode);
      if (!isRedirect || typeof location !== 'string' || !URL.canParse(location, url.href)) return response;
      await response.body.dump();
      if (redirects === MAX_REDIRECTS)
        throw new RegistryError('Malformed', `it redirects more than ${MAX_REDIRECTS} times`);
      url = new URL(location, url);
    }
  }
}

/** Which credentials were tried, and what to do about it. */
function describeRefusal(
  words: string | undefined,
  credentials: readonly (Credential | undefined)[],
  problems: readonly string[],
): string {
  const tried = [...new Set(credentials.flatMap((credential) => credential?.origin ?? []))];
  const remedy =
    tried.length === 0
      ? 'no credentials match this repository; add a Secret to imagePullSecrets'
      : `tried with ${tried.join(', ')}; check that it may pull and has not expired`;
  return [words, remedy, ...problems].filter(Boolean).join('; ');
}
