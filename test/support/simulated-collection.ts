import { anObject, type TestObject } from './objects.ts';

/** An entry of the history, as a watch sends it. */
export interface SimulatedEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly resourceVersion: number;
  readonly object: TestObject;
}

/** How a watch goes wrong. `silence` leaves it open but dead, as a lost network does. */
export const WATCH_FAULTS = ['close', 'reset', 'expired', 'error', 'malformed', 'silence'] as const;
export type WatchFault = (typeof WATCH_FAULTS)[number];

/** The receiving end of a watch. */
export interface WatchSink {
  send(event: SimulatedEvent): void;
  fail(fault: WatchFault): void;
}

/** One page of a list. */
export interface SimulatedPage {
  readonly items: readonly TestObject[];
  readonly resourceVersion: number;
  readonly continueToken?: string;
}

const PAGE_SIZE = 2;

/** A collection as the API server keeps it: objects, versions, a history that is compacted, and watchers. */
export class SimulatedCollection {
  readonly #objects = new Map<string, TestObject>();
  readonly #snapshots = new Map<string, readonly TestObject[]>();
  readonly #sinks = new Set<WatchSink>();
  #history: SimulatedEvent[] = [];
  #version = 1;
  #compactedAt = 0;
  #failures = 0;

  /** The present, for comparison. */
  contents(): TestObject[] {
    return [...this.#objects.values()];
  }

  put(name: string): void {
    const known = this.#objects.get(name);
    this.#version += 1;
    const uid = known?.metadata.uid ?? `uid-${this.#version}`;
    const object = anObject({ name, uid, resourceVersion: String(this.#version) });
    this.#objects.set(name, object);
    this.#record(known === undefined ? 'ADDED' : 'MODIFIED', object);
  }

  delete(name: string): void {
    const known = this.#objects.get(name);
    if (known === undefined) return;
    this.#version += 1;
    this.#objects.delete(name);
    this.#record(
      'DELETED',
      anObject({ name, uid: known.metadata.uid, resourceVersion: String(this.#version) }),
    );
  }

  /** Tells the watchers how far the collection has come. */
  bookmark(): void {
    const object = anObject({ name: '', resourceVersion: String(this.#version) });
    for (const sink of this.#sinks) sink.send({ type: 'BOOKMARK', resourceVersion: this.#version, object });
  }

  /** Forgets the history and the continue tokens. */
  compact(): void {
    this.#version += 1;
    this.#history = [];
    this.#snapshots.clear();
    this.#compactedAt = this.#version;
  }

  /** Makes the next `count` requests fail. */
  failNext(count: number): void {
    this.#failures = count;
  }

  breakWatches(fault: WatchFault): void {
    for (const sink of this.#sinks) sink.fail(fault);
    this.#sinks.clear();
  }

  /** Whether this request is one of those that fail. */
  takeFailure(): boolean {
    this.#failures -= 1;
    return this.#failures >= 0;
  }

  /** A page of the list, or undefined when the token has expired. Tokens are `version/offset`. */
  page(continueToken?: string): SimulatedPage | undefined {
    const [version = String(this.#version), start = '0'] = continueToken?.split('/') ?? [];
    if (continueToken === undefined) this.#snapshots.set(version, this.contents());
    const snapshot = this.#snapshots.get(version);
    if (snapshot === undefined) return undefined;
    const end = Number(start) + PAGE_SIZE;
    const page = { items: snapshot.slice(Number(start), end), resourceVersion: Number(version) };
    return end < snapshot.length ? { ...page, continueToken: `${version}/${end}` } : page;
  }

  /** Replays the history after `resourceVersion` and goes on; returns how to leave, or undefined if it has expired. */
  watch(resourceVersion: number, sink: WatchSink): (() => void) | undefined {
    if (resourceVersion < this.#compactedAt) return undefined;
    for (const event of this.#history) if (event.resourceVersion > resourceVersion) sink.send(event);
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  #record(type: SimulatedEvent['type'], object: TestObject): void {
    const event = { type, object, resourceVersion: this.#version };
    this.#history.push(event);
    for (const sink of this.#sinks) sink.send(event);
  }
}
