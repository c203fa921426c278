import {
  ExpiredError,
  type ListPage,
  type ListRequest,
  type ListWatcher,
  MalformedEventError,
  type WatchEvent,
  type WatchRequest,
} from '../../controller/list-watcher.ts';
import type { ApiClient } from './api-client.ts';
import { KubeApiError, toStatusDetails } from './kube-api-error.ts';
import type { RawWatchEvent } from './watch-stream.ts';

/** A page of 500 large objects takes longer than the client's usual limit. */
const LIST_TIMEOUT_MS = 60_000;

/** Which objects to read, and what to keep of each. */
export interface CollectionOptions<T> {
  /** From `resourcePath`, without a name. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps the fields that are read and drops the rest before it is cached. Must not throw. */
  readonly project: (raw: RawObject) => T;
}

/** An object as the server sent it, checked no further than its metadata. */
export interface RawObject {
  readonly metadata: RawMetadata;
  readonly [field: string]: unknown;
}

/** The metadata that every stored object has, and whatever else is in it. */
export interface RawMetadata {
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly [field: string]: unknown;
}

/** Reads one collection through the API client, projected at the door. */
export class KubeListWatcher<T> implements ListWatcher<T> {
  readonly #client: ApiClient;
  readonly #options: CollectionOptions<T>;

  constructor(client: ApiClient, options: CollectionOptions<T>) {
    this.#client = client;
    this.#options = options;
  }

  async list({ limit, continueToken }: ListRequest, signal: AbortSignal): Promise<ListPage<T>> {
    const { path, labelSelector, fieldSelector, project } = this.#options;
    const query = { labelSelector, fieldSelector, limit, continue: continueToken };
    try {
      const options = { query, signal, timeoutMs: LIST_TIMEOUT_MS };
      const { metadata, items } = await this.#client.list<RawObject>(path, options);
      const page = { items: items.map(project), resourceVersion: metadata.resourceVersion };
      return metadata.continue ? { ...page, continueToken: metadata.continue } : page;
    } catch (error) {
      throw toReflectorError(error);
    }
  }

  async watch(request: WatchRequest, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    const { path, labelSelector, fieldSelector } = this.#options;
    const query = { labelSelector, fieldSelector, allowWatchBookmarks: true, ...request };
    try {
      return this.#decode(await this.#client.openWatch(path, query, signal));
    } catch (error) {
      throw toReflectorError(error);
    }
  }

  async *#decode(events: AsyncIterable<RawWatchEvent>): AsyncGenerator<WatchEvent<T>> {
    for await (const { type, object } of events) {
      if (type === 'ERROR') throw toReflectorError(toStatusError(object));
      const { resourceVersion } = readMetadata(object);
      if (type === 'BOOKMARK') yield { type, resourceVersion };
      else if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
        if (!isRawObject(object)) throw new MalformedEventError('watched object has no name or uid');
        yield { type, object: this.#options.project(object), resourceVersion };
      } else throw new MalformedEventError('watch event of unknown type');
    }
  }
}

function readMetadata(object: unknown): { resourceVersion: string; name: unknown; uid: unknown } {
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
  const { resourceVersion, name, uid } = metadata;
  if (typeof resourceVersion !== 'string')
    throw new MalformedEventError('watched object has no resource version');
  return { resourceVersion, name, uid };
}

function isRawObject(object: unknown): object is RawObject {
  const { name, uid } = readMetadata(object);
  return typeof name === 'string' && typeof uid === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function toStatusError(status: unknown): KubeApiError {
  const code = isRecord(status) && typeof status.code === 'number' ? status.code : 500;
  return new KubeApiError('WATCH', code, toStatusDetails(status));
}

/**
 * 410: the version or token is too old. 400: the server cannot make sense of it, as after an upgrade or a restore.
 * Asking again for the same would fail for ever; only a new list helps.
 */
function toReflectorError(error: unknown): unknown {
  const cannotGoOn = error instanceof KubeApiError && (error.status === 410 || error.status === 400);
  return cannotGoOn ? new ExpiredError('the server cannot go on from there', { cause: error }) : error;
}
