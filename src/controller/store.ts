/**
 * A cache of one kind's objects, by key and by index.
 *
 * Guarantees:
 * - objects are frozen, deeply: readers share them with each other and with the reader of the watch;
 * - `replace` is atomic: no reader and no listener sees half a list;
 * - listeners learn what changed, key by key, after the store has changed and never for an unchanged version;
 *   an object that was deleted and created again under its name is a deletion and an addition;
 * - a listener that throws is reported and disturbs nobody else.
 *
 * Assumption: index functions are pure and do not throw.
 */
import { type Identified, keyOf } from './list-watcher.ts';

/** One change of one key. */
export type StoreDelta<T> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'updated'; readonly key: string; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly key: string; readonly previous: T };

/** Called synchronously for every change. */
export type StoreListener<T> = (delta: StoreDelta<T>) => void;

/** The values under which an index files an object; none leaves it out. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** What may be done with a store by those who do not fill it. */
export interface StoreReader<T, Index extends string = never> {
  get(key: string): T | undefined;
  list(): T[];
  byIndex(index: Index, value: string): T[];
  subscribe(listener: StoreListener<T>): () => void;
}

/** Indexes of a store, and who hears of listeners that throw. */
export interface StoreOptions<T, Index extends string> {
  readonly indexes: Readonly<Record<Index, IndexFunction<T>>>;
  readonly onListenerError: (error: unknown) => void;
}

type KeysByValue = Map<string, Set<string>>;

/** See the head of this file. */
export class Store<T extends Identified, Index extends string = never> implements StoreReader<T, Index> {
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners = new Set<StoreListener<T>>();
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, { readonly valuesOf: IndexFunction<T>; readonly keys: KeysByValue }>();

  constructor(options: StoreOptions<T, Index>) {
    this.#onListenerError = options.onListenerError;
    for (const [name, valuesOf] of Object.entries<IndexFunction<T>>(options.indexes)) {
      this.#indexes.set(name, { valuesOf, keys: new Map() });
    }
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  /** The objects that the index files under `value`. */
  byIndex(index: Index, value: string): T[] {
    const found: T[] = [];
    for (const key of this.#indexes.get(index)?.keys.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Calls `listener` for every change from now on; the returned function ends that. */
  subscribe(listener: StoreListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds or updates one object. */
  put(object: T): void {
    this.#notify(this.#set(keyOf(object.metadata), object));
  }

  /** Removes one object, if it is there. */
  delete(key: string): void {
    this.#notify(this.#remove(key));
  }

  /** Makes `objects` the whole content. */
  replace(objects: Iterable<T>): void {
    const deltas: StoreDelta<T>[] = [];
    const keys = new Set<string>();
    for (const object of objects) {
      const key = keyOf(object.metadata);
      keys.add(key);
      deltas.push(...this.#set(key, object));
    }
    for (const key of [...this.#objects.keys()]) {
      if (!keys.has(key)) deltas.push(...this.#remove(key));
    }
    this.#notify(deltas);
  }

  #set(key: string, object: T): StoreDelta<T>[] {
    const previous = this.#objects.get(key);
    if (previous !== undefined && isSameVersion(previous, object)) return [];
    if (previous !== undefined) this.#unindex(key, previous);
    this.#objects.set(key, deepFreeze(object));
    this.#index(key, object);
    if (previous === undefined) return [{ type: 'added', key, object }];
    if (previous.metadata.uid === object.metadata.uid) return [{ type: 'updated', key, object, previous }];
    return [
      { type: 'deleted', key, previous },
      { type: 'added', key, object },
    ];
  }

  #remove(key: string): StoreDelta<T>[] {
    const previous = this.#objects.get(key);
    if (previous === undefined) return [];
    this.#unindex(key, previous);
    this.#objects.delete(key);
    return [{ type: 'deleted', key, previous }];
  }

  #index(key: string, object: T): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const filed = keys.get(value) ?? new Set();
        keys.set(value, filed.add(key));
      }
    }
  }

  #unindex(key: string, object: T): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const filed = keys.get(value);
        filed?.delete(key);
        if (filed?.size === 0) keys.delete(value);
      }
    }
  }

  #notify(deltas: readonly StoreDelta<T>[]): void {
    for (const delta of deltas) {
      for (const listener of this.#listeners) {
        try {
          listener(delta);
        } catch (error) {
          this.#onListenerError(error);
        }
      }
    }
  }
}

function isSameVersion(a: Identified, b: Identified): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
