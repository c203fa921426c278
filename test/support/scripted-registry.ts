import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Content, descriptorOf, INDEX } from './oci-content.ts';
import { type Answer, PAGE_NOT_FOUND, type ReceivedRequest, send } from './scripted-answer.ts';
import { type Protection, ScriptedDoor } from './scripted-door.ts';
import { type Address, ScriptedStore, type WriteRules } from './scripted-store.ts';

export { type Answer, error, type ReceivedRequest } from './scripted-answer.ts';
export type { Protection } from './scripted-door.ts';

/**
 * A registry on 127.0.0.1 with what the test puts into it, and with the quirks that the test says. Content is the same
 * in every repository.
 */
export class ScriptedRegistry implements AsyncDisposable {
  readonly received: ReceivedRequest[] = [];
  /** Most that were open at once. */
  mostConnections = 0;
  #connections = 0;
  /** Whether it has the referrers API; descriptors in a page of it. */
  referrersApi = false;
  pageSize = 1_000;
  /** Pages of tags begin after the last tag of the page before, as the specification has it; else at a number. */
  pagesByLast = false;
  /** Goes before everything else; undefined leaves it to the registry. */
  quirk: (request: ReceivedRequest) => Answer | undefined = () => undefined;
  readonly #door = new ScriptedDoor();
  readonly #store = new ScriptedStore();
  readonly #scheme: 'http' | 'https';
  readonly #server: ReturnType<typeof createServer>;

  private constructor(tls: ServerOptions | undefined) {
    const listener: RequestListener = async (request, response) => {
      const { headers, method = '', url = '' } = request;
      // Whoever breaks a request off gets no answer, and is not remembered.
      const bytes = await buffer(request).catch(() => undefined);
      if (bytes === undefined) return;
      const received = { method, path: url, headers, bytes, body: bytes.toString('utf8') };
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

  set protection(protection: Protection) {
    this.#door.protection = protection;
  }

  /** What may be written, and how it is answered. */
  get rules(): WriteRules {
    return this.#store.rules;
  }

  /** `GET /v2/…` without the repository, in the order of arrival. */
  get requests(): readonly string[] {
    return this.received.map(
      ({ method, path }) => `${method} ${path.replace(/^\/v2\/.*?\/(?=manifests|blobs|referrers|tags)/, '')}`,
    );
  }

  /** Where the tags point to. */
  get tags(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#store.tags);
  }

  /** Uploads that nobody has ended or given up. */
  get openUploads(): number {
    return this.#store.uploads.size;
  }

  put(...all: readonly Content[]): void {
    for (const one of all) this.#store.content.set(one.digest, one);
  }

  tag(name: string, target: Content): void {
    this.put(target);
    this.#store.tags.set(name, target.digest);
  }

  /** The bytes behind a tag or a digest. */
  bytesOf(reference: string): Buffer | undefined {
    return this.#store.find(reference)?.bytes;
  }

  /** With every tag of it. */
  remove(digest: string): void {
    this.#store.content.delete(digest);
    for (const [tag, target] of this.#store.tags) if (target === digest) this.#store.tags.delete(tag);
  }

  /** As if all of them had been revoked. */
  forgetTokens(): void {
    this.#door.forgetTokens();
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
    if (url.pathname === '/token') return this.#door.issue(request, url);
    const [, repository = '', kind = '', reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|referrers|tags)\/([^/]*)$/.exec(url.pathname) ?? [];
    const refusal = this.#door.refuse(request, repository, this.origin);
    if (refusal !== undefined) return refusal;
    if (kind === 'tags') return this.#tagList(url, repository);
    if (kind === 'referrers') return this.referrersApi ? this.#referrers(url, reference) : PAGE_NOT_FOUND;
    const address = { repository, kind: KINDS[kind] ?? 'manifests', reference, query: url.searchParams };
    return this.#store.answer(request, address);
  }

  #tagList(url: URL, repository: string): Answer {
    const all = [...this.#store.tags.keys()].sort();
    if (!this.pagesByLast) return this.#page(url, all, (tags) => ({ name: repository, tags }));
    const { searchParams } = url;
    const n = Math.min(Number(searchParams.get('n') ?? this.pageSize), this.pageSize);
    const rest = all.filter((tag) => tag > (searchParams.get('last') ?? ''));
    const tags = rest.slice(0, n);
    const next = `${url.pathname}?n=${n}&last=${tags.at(-1)}`;
    const headers = {
      'content-type': 'application/json',
      ...(rest.length > n && { link: `<${next}>; rel="next"` }),
    };
    return { status: 200, headers, body: JSON.stringify({ name: repository, tags }) };
  }

  #referrers(url: URL, subject: string): Answer {
    const manifests = [...this.#store.content.values()]
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
}

const KINDS: Readonly<Record<string, Address['kind']>> = { blobs: 'blobs', 'blobs/uploads': 'uploads' };
