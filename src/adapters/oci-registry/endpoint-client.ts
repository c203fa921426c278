import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Digest } from '../../api/scalars.ts';
import { algorithmOf, isDigestOf } from '../../domain/digest.ts';
import type { BlobRequest, Descriptor, Manifest } from '../../ports/registry.ts';
import { isNotFound, RegistryError } from '../../ports/registry-error.ts';
import { readBounded, readHashed, requireDigest } from './body.ts';
import type { Endpoint } from './endpoint.ts';
import { type Operation, toNetworkError } from './http-exchange.ts';
import { ACCEPT_MANIFESTS, DescriptorDocument, INDEX_TYPES, parseManifest } from './manifest-document.ts';
import { nextPage } from './next-page.ts';
import type { RegistryAnswer, RegistryRequest, RegistryTransport } from './registry-transport.ts';

/** What registries accept themselves, and the most that one page of a list may be. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 100;
const TAGS_PER_PAGE = 100;
/** Some registries give no more at once, whatever is asked for. */
const FEWEST_TAGS_PER_PAGE = 50;

const TagList = z.object({ tags: z.array(z.string()).nullish() });
const ReferrersIndex = z.object({ schemaVersion: z.literal(2), manifests: z.array(DescriptorDocument) });

/** Answers of registries that do not have the referrers API, or have something else in its place. */
const NO_REFERRERS_API = new Set([400, 404, 405, 406, 410, 501]);

/** Reads from one endpoint, once: which endpoint, and whether to try again, is decided outside of here. */
export class EndpointClient {
  readonly #endpoint: Endpoint;
  readonly #transport: RegistryTransport;
  readonly #signal: AbortSignal;

  constructor(endpoint: Endpoint, transport: RegistryTransport, signal: AbortSignal) {
    this.#endpoint = endpoint;
    this.#transport = transport;
    this.#signal = signal;
  }

  async manifest(digest: Digest): Promise<Manifest> {
    const { answer, body } = await this.#manifest(digest, algorithmOf(digest));
    requireDigest(body, digest);
    return parseManifest(body, header(answer, 'content-type'));
  }

  async tagged(tag: string): Promise<Manifest> {
    const { answer, body } = await this.#manifest(tag, 'sha256');
    return parseManifest(body, header(answer, 'content-type'));
  }

  /** DigestMismatch unless the tag leads to the bytes of `digest`. */
  async held(tag: string, digest: Digest): Promise<Manifest> {
    const { answer, body } = await this.#manifest(tag, algorithmOf(digest));
    if (body.digest === digest) return parseManifest(body, header(answer, 'content-type'));
    throw new RegistryError(
      'DigestMismatch',
      `it leads to ${body.digest} and not to ${digest}: it has been moved, or the storage of the registry is damaged`,
    );
  }

  async blob({ digest, size }: BlobRequest): Promise<Uint8Array> {
    const { answer, url } = await this.#get('blob', `blobs/${digest}`, '*/*');
    const body = await this.#reading(url, readHashed(answer.body, size, algorithmOf(digest)));
    requireDigest(body, digest);
    return body.bytes;
  }

  /** By HEAD, so only as far as the registry remembers rightly. */
  async hasBlob(digest: Digest): Promise<boolean> {
    const isKnown = (status: number) => status === 200 || status === 404;
    const request = this.#request('blob', `blobs/${digest}`, '*/*');
    const head: RegistryRequest = { ...request, method: 'HEAD', answers: isKnown };
    const answer = await this.#transport.send(this.#endpoint, head, this.#signal);
    await answer.body.dump();
    return answer.status === 200;
  }

  /** The bytes as they come, not proven by anything, and not to be left unread. */
  async openBlob(digest: Digest): Promise<AsyncIterable<Uint8Array>> {
    const { answer, url } = await this.#get('blob', `blobs/${digest}`, '*/*');
    return this.#parts(answer, url);
  }

  /** Undefined where there is no referrers API: also for a redirect, which leads to a page for people. */
  async referrers(digest: Digest, maxReferrers: number): Promise<readonly Descriptor[] | undefined> {
    const isAnswer = (status: number) =>
      status === 200 || NO_REFERRERS_API.has(status) || (status >= 300 && status < 400);
    const found: Descriptor[] = [];
    const first = this.#endpoint.url(`referrers/${digest}`);
    for await (const { answer, url } of this.#pages('referrers', first, INDEX_TYPES[0], isAnswer)) {
      const page = answer.status === 200 ? await this.#json(answer, url) : await answer.body.dump();
      const index = ReferrersIndex.safeParse(page).data;
      if (index === undefined && url === first) return undefined;
      if (index === undefined)
        throw new RegistryError('Malformed', 'a page of its referrers is not an index');
      requireAtMost(maxReferrers, found.length + index.manifests.length, 'referrers');
      found.push(...index.manifests);
    }
    return found;
  }

  /** None where the tag does not exist, or is none of referrers: GitLab resolves it to the subject itself. */
  async referrersByTag(digest: Digest, maxReferrers: number): Promise<readonly Descriptor[]> {
    const index = await this.tagged(referrersTag(digest)).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (index?.manifests === undefined) return [];
    if (isDigestOf(digest, index.bytes)) return [];
    requireAtMost(maxReferrers, index.manifests.length, 'referrers');
    return index.manifests;
  }

  async tags(maxTags: number, perPage = TAGS_PER_PAGE): Promise<readonly string[]> {
    const found: string[] = [];
    const first = this.#endpoint.url(`tags/list?n=${perPage}`);
    const maxPages = Math.max(MAX_PAGES, Math.ceil(maxTags / FEWEST_TAGS_PER_PAGE));
    for await (const { answer, url } of this.#pages('tags', first, 'application/json', isOk, maxPages)) {
      const page = TagList.safeParse(await this.#json(answer, url)).data;
      if (page === undefined) throw new RegistryError('Malformed', 'its list of tags is not one');
      const tags = page.tags ?? [];
      // First: a page of more than can be pushed at once would be a mistake of ours.
      requireAtMost(maxTags, found.length + tags.length, 'tags');
      found.push(...tags);
    }
    return found;
  }

  async *#pages(operation: Operation, first: URL, accept: string, answers = isOk, maxPages = MAX_PAGES) {
    let url: URL | undefined = first;
    for (let pages = 1; url !== undefined; pages += 1) {
      if (pages > maxPages) throw new RegistryError('Malformed', `its list has more than ${maxPages} pages`);
      const request = { operation, url, accept, answers };
      const answer = await this.#transport.send(this.#endpoint, request, this.#signal);
      yield { answer, url };
      url = nextPage(header(answer, 'link'), url);
    }
  }

  async #get(operation: Operation, path: string, accept: string) {
    const request = this.#request(operation, path, accept);
    return { answer: await this.#transport.send(this.#endpoint, request, this.#signal), url: request.url };
  }

  #request(operation: Operation, path: string, accept: string): RegistryRequest {
    return { operation, url: this.#endpoint.url(path), accept, answers: isOk };
  }

  async #manifest(reference: string, algorithm: string) {
    const { answer, url } = await this.#get('manifest', `manifests/${reference}`, ACCEPT_MANIFESTS);
    const read = readHashed(answer.body, MAX_MANIFEST_BYTES, algorithm);
    return { answer, body: await this.#reading(url, read) };
  }

  async #json(answer: RegistryAnswer, url: URL): Promise<unknown> {
    const bytes = await this.#reading(url, readBounded(answer.body, MAX_MANIFEST_BYTES));
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      return undefined;
    }
  }

  async *#parts({ body }: RegistryAnswer, url: URL): AsyncGenerator<Uint8Array, void> {
    try {
      yield* body;
    } catch (error) {
      throw this.#toFailure(url, error);
    }
  }

  async #reading<T>(url: URL, read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      throw this.#toFailure(url, error);
    }
  }

  /** A body that breaks off is the network's fault, unless we have broken it off ourselves. */
  #toFailure(url: URL, error: unknown): unknown {
    return this.#signal.aborted ? this.#signal.reason : toNetworkError(url, error);
  }
}

const isOk = (status: number): boolean => status === 200;

/** `sha256-<hex>`; a longer digest is cut to 64 digits, as the specification has it. */
const referrersTag = (digest: Digest): string => digest.replace(/^(sha\d+):(.{64}).*$/, '$1-$2');

function requireAtMost(limit: number, count: number, what: string): void {
  if (count > limit) throw new RegistryError('TooLarge', `it has more than ${limit} ${what}`);
}

function header({ headers }: { headers: Dispatcher.ResponseData['headers'] }, name: string): string {
  return [headers[name] ?? []].flat().join(', ');
}
