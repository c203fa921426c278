/** What identifies an object in its kind, and this version of it. */
export interface ObjectMeta {
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** The least a cached object keeps; projections add the few fields that are read. */
export interface Identified {
  readonly metadata: ObjectMeta;
}

/** One page of a list. `continueToken` is absent on the last one. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** The version of the whole collection, from which a watch can go on. */
  readonly resourceVersion: string;
  readonly continueToken?: string;
}

/** One line of a watch. A BOOKMARK carries no object, only how far the watch has come. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly resourceVersion: string }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** What a list asks for. */
export interface ListRequest {
  /** Most items a page may have. */
  readonly limit: number;
  readonly continueToken?: string;
}

/** What a watch asks for. Bookmarks are always wanted. */
export interface WatchRequest {
  readonly resourceVersion: string;
  /** When the server shall end the watch cleanly (seconds). */
  readonly timeoutSeconds: number;
}

/**
 * Reads one collection of objects.
 *
 * Listing, opening a watch and reading it fail with `ExpiredError` when the version or token is of no use any more, with
 * `MalformedEventError` when what came cannot be read, with the signal's reason when it aborts, and with any other
 * error otherwise. `watch` resolves once the server has accepted; the events end when it closes cleanly.
 */
export interface ListWatcher<T> {
  list(request: ListRequest, signal: AbortSignal): Promise<ListPage<T>>;
  watch(request: WatchRequest, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>>;
}

/** The server cannot go on from that resource version or continue token, usually 410: only a new list helps. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
}

/** A watch line that is not an event. What it said is lost, so the watch has to start again before it. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

/** The cache key of an object: `namespace/name`, or `name` for cluster-scoped kinds. */
export function keyOf(metadata: Pick<ObjectMeta, 'namespace' | 'name'>): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
