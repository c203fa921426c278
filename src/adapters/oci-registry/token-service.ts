import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../controller/clock.ts';
import { withDeadline } from '../../controller/deadline.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import { readBounded } from './body.ts';
import { basicHeader, type Credential } from './credential.ts';
import { type HttpExchange, type HttpRequest, type Peer, toNetworkError } from './http-exchange.ts';
import { toRefusal } from './refusal.ts';
import { TransientRegistryError } from './transient-registry-error.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 256 * 1024;
const CLIENT_ID = 'artifactrelease-operator';

/** The specification's, for a realm that does not say. */
const DEFAULT_LIFETIME_S = 60;
/** A token is not used in its last tenth, nor its last 10 s: it has to arrive before it ends. */
const MARGIN_MS = 10_000;

const Answer = z.object({
  token: z.string().min(1).optional(),
  access_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
});

/** What a token is asked for. */
export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  /** E.g. `repository:shop/checkout:pull`. */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
}

/** An access token, and how long it may be used (monotonic ms). */
export interface Token {
  readonly value: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Asks realms for access tokens: https://distribution.github.io/distribution/spec/auth/token/ (GET, anonymous or
 * basic) and …/oauth/ (POST, with an identity token).
 */
export class TokenService {
  readonly #http: HttpExchange;
  readonly #clock: Clock;

  constructor(http: HttpExchange, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /** Rejects with RegistryError within 10 s; Unauthorized or Forbidden in the realm's words. */
  async fetch(peer: Peer, request: TokenRequest): Promise<Token> {
    try {
      return await withDeadline(this.#clock, TIMEOUT_MS, undefined, (signal) =>
        this.#exchange(peer, request, signal),
      );
    } catch (error) {
      const cause = toNetworkError(request.realm, error);
      const message = `no token from ${request.realm.host}: ${cause.message}`;
      const details = { cause, retryAfterMs: cause.retryAfterMs };
      throw cause instanceof TransientRegistryError
        ? new TransientRegistryError(message, details)
        : new RegistryError(cause.reason, message, details);
    }
  }

  async #exchange(peer: Peer, request: TokenRequest, signal: AbortSignal): Promise<Token> {
    const issuedAt = this.#clock.monotonic();
    const response = await this.#http.send(peer, toHttpRequest(request), signal);
    if (response.statusCode !== 200) throw await toRefusal(response, 'token', this.#clock.now());
    const { token, access_token = token, expires_in = DEFAULT_LIFETIME_S } = await readAnswer(response);
    if (access_token === undefined) throw new RegistryError('Malformed', 'its answer holds no token');
    const lifetimeMs = expires_in * 1000;
    const expiresAt = issuedAt + Math.max(lifetimeMs * 0.9 - MARGIN_MS, lifetimeMs * 0.5);
    return { value: access_token, issuedAt, expiresAt };
  }
}

async function readAnswer(response: Dispatcher.ResponseData): Promise<z.infer<typeof Answer>> {
  const bytes = await readBounded(response.body, MAX_ANSWER_BYTES);
  try {
    return Answer.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new RegistryError('Malformed', 'its answer is not one of a token service', { cause });
  }
}

function toHttpRequest({ realm, service, scopes, credential }: TokenRequest): HttpRequest {
  const named = service === undefined ? {} : { service };
  if (credential?.kind === 'identityToken') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', ...named, client_id: CLIENT_ID });
    form.set('scope', scopes.join(' '));
    form.set('refresh_token', credential.token);
    const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
    return { operation: 'token', method: 'POST', url: realm, headers, body: form.toString() };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const authorization = credential?.kind === 'basic' && { authorization: basicHeader(credential) };
  const headers = { accept: 'application/json', ...authorization };
  return { operation: 'token', method: 'GET', url, headers };
}
