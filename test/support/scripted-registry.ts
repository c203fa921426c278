import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Digest } from '../../src/api/scalars.ts';
import { type Content, descriptorOf, INDEX } from './oci-content.ts';

/** One request as it arrived. */
export interface ReceivedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to do with a request: answer, cut the connection (after half of an answer), or never answer. */
export type Answer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  | 'reset'
  | 'cut'
  | 'hang';

/** What a registry asks of those who read. Bearer tokens are at /token of the same server. */
export type Protection =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'basic'; readonly users: Readonly<Record<string, string>> }
  | {
      readonly scheme: 'bearer';
      /** Names and passwords; without any, everybody gets a token. */
      readonly users?: Readonly<Record<string, string>>;
      readonly identityTokens?: readonly string[];
      /** Seconds. */
      readonly expiresIn?: number;
      /** What a call needs beyond `pull`. */
      readonly scopeOf?: (path: string) => string | undefined;
    };

/**
 * A registry on 127.0.0.1 with what the test puts into it, and with the quirks that the test says. Content is the same
 * in every repository.
 */
export class ScriptedRegistry implements AsyncDisposable {
  readonly received: ReceivedRequest[] = [];
  /** Most that were open at once. */
  mostConnections = 0;
  #connections = 0;
  protection: Protection = { scheme: 'none' };
  /** Whether it has the referrers API; descriptors in a page of it. */
  referrersApi = false;
  pageSize = 1_000;
  /** Goes before everything else; undefined leaves it to the registry. */
  quirk: (request: ReceivedRequest) => Answer | undefined = () => undefined;
  readonly #content = new Map<string, Content>();
  readonly #tags = new Map<string, Digest>();
  readonly #tokens = new Map<string, readonly string[]>();
  readonly #scheme: 'http' | 'https';
  readonly #server: ReturnType<typeof createServer>;

  private constructor(tls: ServerOptions | undefined) {
    const listener: RequestListener = async (request, response) => {
      const { headers, method = '', url = '' } = request;
      const received = { method, path: url, headers, body: await text(request) };
      this.received.push(received);
      send(response, this.quirk(received) ?? this.#answer(received));
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#server.on('connection', (socket) => {
      this.#connections += 1;
      this.mostConnections = Math.max(this.mostConnections, this.#connections);
      socket.on('close', () => {
        this.#connections -= 1;
      });
    });
  }

  /** Over HTTPS where `tls` is given. `await using` stops it. */
  static async start(tls?: ServerOptions): Promise<ScriptedRegistry> {
    const registry = new ScriptedRegistry(tls);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get origin(): string {
    return `${this.#scheme}://${this.host}`;
  }

  /** `GET /v2/…` without the repository, in the order of arrival. */
  get requests(): readonly string[] {
    return this.received.map(
      ({ method, path }) => `${method} ${path.replace(/^\/v2\/.*?\/(?=manifests|blobs|referrers|tags)/, '')}`,
    );
  }

  put(...all: readonly Content[]): void {
    for (const one of all) this.#content.set(one.digest, one);
  }

  tag(name: string, target: Content): void {
    this.put(target);
    this.#tags.set(name, target.digest);
  }

  /** As if all of them had been revoked. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** Cuts every connection, also those that hang. */
  drop(): void {
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: ReceivedRequest): Answer {
    const url = new URL(request.path, this.origin);
    if (url.pathname === '/token') return this.#issue(request, url);
    const [, repository = '', kind = '', reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|referrers|tags)\/([^/]+)$/.exec(url.pathname) ?? [];
    const refusal = this.#refuse(request, repository);
    if (refusal !== undefined) return refusal;
    if (kind === 'tags')
      return this.#page(url, [...this.#tags.keys()].sort(), (tags) => ({ name: repository, tags }));
    if (kind === 'referrers') return this.referrersApi ? this.#referrers(url, reference) : PAGE_NOT_FOUND;
    const found = this.#content.get(this.#tags.get(reference) ?? reference);
    if (found === undefined)
      return error(404, `${kind === 'blobs' ? 'BLOB' : 'MANIFEST'}_UNKNOWN`, 'unknown');
    return { status: 200, headers: { 'content-type': found.mediaType }, body: found.bytes };
  }

  #referrers(url: URL, subject: string): Answer {
    const manifests = [...this.#content.values()]
      .filter(
        ({ bytes }) => bytes.includes(`"subject":{`) && JSON.parse(`${bytes}`).subject.digest === subject,
      )
      .map(descriptorOf);
    return this.#page(
      url,
      manifests,
      (page) => ({ schemaVersion: 2, mediaType: INDEX, manifests: page }),
      INDEX,
    );
  }

  #page<T>(
    url: URL,
    all: readonly T[],
    wrap: (page: readonly T[]) => unknown,
    type = 'application/json',
  ): Answer {
    const start = Number(url.searchParams.get('start') ?? 0);
    const end = start + this.pageSize;
    return {
      status: 200,
      headers: {
        'content-type': type,
        ...(end < all.length && { link: `<${url.pathname}?start=${end}>; rel="next"` }),
      },
      body: JSON.stringify(wrap(all.slice(start, end))),
    };
  }

  #refuse({ headers: { authorization }, path }: ReceivedRequest, repository: string): Answer | undefined {
    const { protection } = this;
    if (protection.scheme === 'none') return undefined;
    if (protection.scheme === 'basic') {
      if (hasUser(protection.users, authorization)) return undefined;
      return error(401, 'UNAUTHORIZED', 'authentication required', {
        'www-authenticate': 'Basic realm="test"',
      });
    }
    const needed = [`repository:${repository}:pull`, protection.scopeOf?.(path)].filter(
      (one) => one !== undefined,
    );
    const granted = this.#tokens.get(authorization?.replace('Bearer ', '') ?? '') ?? [];
    if (needed.every((scope) => granted.includes(scope))) return undefined;
    const challenge = `Bearer realm="${this.origin}/token",service="test",scope="${needed.join(' ')}"`;
    return error(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
  }

  #issue({ body, headers, method }: ReceivedRequest, url: URL): Answer {
    const { protection } = this;
    if (protection.scheme !== 'bearer') return PAGE_NOT_FOUND;
    const form = new URLSearchParams(body);
    const isKnown =
      method === 'POST'
        ? protection.identityTokens?.includes(form.get('refresh_token') ?? '')
        : protection.users === undefined || hasUser(protection.users, headers.authorization);
    if (isKnown !== true)
      return { status: 401, body: JSON.stringify({ details: 'incorrect username or password' }) };
    const token = `token-${this.#tokens.size + 1}-${Math.random()}`;
    this.#tokens.set(
      token,
      method === 'POST' ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope'),
    );
    return { status: 200, body: JSON.stringify({ token, expires_in: protection.expiresIn ?? 300 }) };
  }
}

const PAGE_NOT_FOUND: Answer = {
  status: 404,
  headers: { 'content-type': 'text/plain' },
  body: '404 page not found\n',
};

/** A refusal as the specification has it. */
export const error = (
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ errors: [{ code, message }] }),
});

function hasUser(users: Readonly<Record<string, string>>, authorization = ''): boolean {
  const decoded = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString('utf8');
  return Object.entries(users).some(([name, password]) => decoded === `${name}:${password}`);
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.destroy();
    return;
  }
  if (answer === 'cut') {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 10);
    return;
  }
  response.writeHead(answer.status, answer.headers).end(answer.body);
}
