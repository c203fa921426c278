import {
  ExpiredError,
  type ListPage,
  type ListRequest,
  type ListWatcher,
  MalformedEventError,
  type WatchEvent,
  type WatchRequest,
} from '../../src/controller/list-watcher.ts';
import type { TestObject } from './objects.ts';
import type { SimulatedCollection, SimulatedEvent, WatchFault } from './simulated-collection.ts';

/** A simulated collection without a network in between. */
export class SimulatedListWatcher implements ListWatcher<TestObject> {
  readonly #collection: SimulatedCollection;

  constructor(collection: SimulatedCollection) {
    this.#collection = collection;
  }

  async list({ continueToken }: ListRequest): Promise<ListPage<TestObject>> {
    if (this.#collection.takeFailure()) throw new Error('refused');
    const page = this.#collection.page(continueToken);
    if (page === undefined) throw new ExpiredError('continue token is too old');
    return { ...page, resourceVersion: String(page.resourceVersion) };
  }

  async watch(
    { resourceVersion }: WatchRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent<TestObject>>> {
    if (this.#collection.takeFailure()) throw new Error('refused');
    const channel = new EventChannel(signal);
    const leave = this.#collection.watch(Number(resourceVersion), channel);
    if (leave === undefined) throw new ExpiredError('resource version is too old');
    signal.addEventListener('abort', leave, { once: true });
    return channel.events();
  }
}

/** Carries events from the collection to the reflector until a fault or the signal ends it. */
class EventChannel {
  readonly #sent: WatchEvent<TestObject>[] = [];
  readonly #signal: AbortSignal;
  #fault: WatchFault | undefined;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  send({ type, object, resourceVersion }: SimulatedEvent): void {
    const version = String(resourceVersion);
    this.#sent.push(
      type === 'BOOKMARK' ? { type, resourceVersion: version } : { type, object, resourceVersion: version },
    );
    this.#wake();
  }

  fail(fault: WatchFault): void {
    this.#fault = fault;
    this.#wake();
  }

  async *events(): AsyncGenerator<WatchEvent<TestObject>> {
    for (;;) {
      yield* this.#sent.splice(0);
      this.#signal.throwIfAborted();
      if (this.#fault === 'close') return;
      if (this.#fault === 'expired') throw new ExpiredError('compacted');
      if (this.#fault === 'malformed') throw new MalformedEventError('not JSON');
      if (this.#fault === 'reset' || this.#fault === 'error') throw new Error(this.#fault);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
