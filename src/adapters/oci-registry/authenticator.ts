import type { Clock } from '../../controller/clock.ts';
import { RegistryError } from '../../ports/registry-error.ts';
import { BoundedMap } from './bounded-map.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { basicHeader, type Credential, credentialId } from './credential.ts';
import type { Peer } from './http-exchange.ts';
import type { Token, TokenService } from './token-service.ts';

const MAX_ORIGINS = 256;
const MAX_GRANTS = 4_096;
const MAX_SCOPES = 8;

/** Who asks for what: to do something with a repository of one registry, with one credential or anonymously. */
export interface AuthTarget {
  readonly peer: Peer;
  readonly origin: string;
  /** What it takes, as far as we know, e.g. `repository:shop/checkout:pull`. */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
}

type Scheme =
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined };

/** The token of one target; absent until it is needed, and after it was refused. */
interface Grant {
  scopes: readonly string[];
  token?: Promise<Token> | undefined;
  /** The same, once it is there. */
  issued?: Token | undefined;
}

/** A 401 or 403. */
export interface AuthRefusal {
  readonly status: number;
  readonly wwwAuthenticate: string;
  /** Whether the refused request had an Authorization header. */
  readonly authorized: boolean;
  /** When the request was begun (monotonic ms). */
  readonly begunAt: number;
}

/**
 * Makes Authorization headers, as each registry asks for them.
 *
 * What a registry asks for is learnt from its first 401 and remembered by origin, and tokens by origin, scopes and
 * credential, so that only the first request to a registry is made in vain, and a token to read with is not lost to
 * one that may not write. Credentials go to nobody before they were asked for. Tokens are asked for once by however
 * many requests wait for them.
 */
export class Authenticator {
  readonly #tokens: TokenService;
  readonly #clock: Clock;
  readonly #schemes = new BoundedMap<Scheme>(MAX_ORIGINS);
  readonly #grants = new BoundedMap<Grant>(MAX_GRANTS);

  constructor(tokens: TokenService, clock: Clock) {
    this.#tokens = tokens;
    this.#clock = clock;
  }

  /** The header for what is known by now, or none. Rejects with RegistryError, or with the signal's reason. */
  async headers(target: AuthTarget, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { credential, origin } = target;
    const scheme = this.#schemes.get(origin);
    if (scheme === undefined) return {};
    if (credential?.kind === 'registryToken') return { authorization: `Bearer ${credential.token}` };
    if (scheme.kind === 'bearer') {
      const { value } = await abandonable(this.#token(target, scheme), signal);
      return { authorization: `Bearer ${value}` };
    }
    if (credential === undefined) return {};
    if (credential.kind === 'basic') return { authorization: basicHeader(credential) };
    throw new RegistryError('Unauthorized', 'it takes a name and password, and an identity token is neither');
  }

  /** Learns from a refusal. True if the request is worth one more try. */
  learn(target: AuthTarget, { authorized, begunAt, status, wwwAuthenticate }: AuthRefusal): boolean {
    const grant = this.#grantOf(target);
    if (status === 403) return dropOlderToken(grant, begunAt);
    const challenge = preferred(parseChallenges(wwwAuthenticate));
    if (challenge === undefined) return false;
    const scheme = toScheme(challenge, target.origin);
    this.#schemes.set(target.origin, scheme);
    if (scheme.kind === 'basic') return !authorized && target.credential !== undefined;
    const grew = addScopes(grant, challenge.parameters.get('scope') ?? '');
    return !authorized || grew || dropOlderToken(grant, begunAt);
  }

  #token(target: AuthTarget, { realm, service }: Scheme & { kind: 'bearer' }): Promise<Token> {
    const grant = this.#grantOf(target);
    const isOver = grant.issued !== undefined && grant.issued.expiresAt <= this.#clock.monotonic();
    if (grant.token !== undefined && !isOver) return grant.token;
    const { credential, peer } = target;
    const token = this.#tokens.fetch(peer, { realm, service, scopes: grant.scopes, credential });
    Object.assign(grant, { token, issued: undefined });
    const settle = (issued?: Token) => {
      if (grant.token !== token) return;
      grant.issued = issued;
      if (issued === undefined) grant.token = undefined;
    };
    token.then(settle, () => settle());
    return token;
  }

  #grantOf(target: AuthTarget): Grant {
    const { credential, origin, scopes } = target;
    const key = [origin, credentialId(credential), ...scopes].join(' ');
    const grant = this.#grants.get(key) ?? { scopes };
    this.#grants.set(key, grant);
    return grant;
  }
}

/**
 * Whether a refusal says that the credential is known and may not do this: a token made for these scopes is refused, or
 * the registry says so.
 */
export function lacksRights(
  target: AuthTarget,
  { authorized, status, wwwAuthenticate }: AuthRefusal,
): boolean {
  if (!authorized) return false;
  const challenge = preferred(parseChallenges(wwwAuthenticate));
  const isOwnToken = challenge?.scheme === 'bearer' && target.credential?.kind !== 'registryToken';
  return status === 403 || isOwnToken || challenge?.parameters.get('error') === 'insufficient_scope';
}

const preferred = (challenges: readonly Challenge[]): Challenge | undefined =>
  challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');

function toScheme({ parameters, scheme }: Challenge, origin: string): Scheme {
  if (scheme === 'basic') return { kind: 'basic' };
  const realm = parameters.get('realm') ?? '';
  if (!URL.canParse(realm))
    throw new RegistryError('Malformed', `${origin} asks for a token from a realm that is not a URL`);
  return { kind: 'bearer', realm: new URL(realm), service: parameters.get('service') };
}

/** Some calls need more than `pull`: Azure lists tags for `metadata_read` only. True if there was anything new. */
function addScopes(grant: Grant, asked: string): boolean {
  const added = asked.split(' ').filter((scope) => scope !== '' && !isCovered(scope, grant.scopes));
  const scopes = [...new Set([...grant.scopes, ...added])].slice(0, MAX_SCOPES);
  if (scopes.length === grant.scopes.length) return false;
  Object.assign(grant, { scopes, token: undefined, issued: undefined });
  return true;
}

/** Whether one of the scopes is for the same repository with all the actions of this one. */
function isCovered(scope: string, scopes: readonly string[]): boolean {
  const { actions, resource } = parseScope(scope);
  return scopes
    .map(parseScope)
    .some((one) => one.resource === resource && actions.every((action) => one.actions.includes(action)));
}

function parseScope(scope: string): { readonly resource: string; readonly actions: readonly string[] } {
  const end = scope.lastIndexOf(':');
  return { resource: scope.slice(0, end), actions: scope.slice(end + 1).split(',') };
}

/** A token that a registry refuses may have been revoked; one that was made for this very request has not. */
function dropOlderToken(grant: Grant, begunAt: number): boolean {
  if (grant.issued === undefined || grant.issued.issuedAt >= begunAt) return false;
  Object.assign(grant, { token: undefined, issued: undefined });
  return true;
}

/** Waits no longer than the signal lets us; what is waited for goes on, because others wait for it as well. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
