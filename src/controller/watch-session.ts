import type { Clock } from './clock.ts';
import type { ListWatcher, WatchEvent, WatchRequest } from './list-watcher.ts';
import { Watchdog } from './watchdog.ts';

/** Nothing came for longer than a working watch can be silent: the connection is probably half-open. */
export class SilentWatchError extends Error {
  override readonly name = 'SilentWatchError';
}

/** One opened watch: its events and its age, and the watchdog that ends it when it falls silent. */
export class WatchSession<T> {
  readonly #clock: Clock;
  readonly #openedAt: number;
  readonly #events: AsyncIterator<WatchEvent<T>>;
  readonly #watchdog: Watchdog;
  readonly #release: () => void;

  private constructor(
    clock: Clock,
    events: AsyncIterator<WatchEvent<T>>,
    watchdog: Watchdog,
    release: () => void,
  ) {
    this.#clock = clock;
    this.#openedAt = clock.monotonic();
    this.#events = events;
    this.#watchdog = watchdog;
    this.#release = release;
  }

  /** Opens a watch that ends with `signal`, or by SilentWatchError after `maxSilenceMs` without an event. */
  static async open<T>(
    listWatcher: ListWatcher<T>,
    request: WatchRequest,
    options: { readonly clock: Clock; readonly maxSilenceMs: number; readonly signal: AbortSignal },
  ): Promise<WatchSession<T>> {
    const { clock, maxSilenceMs, signal } = options;
    const connection = new AbortController();
    const onAbort = (): void => connection.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const watchdog = new Watchdog(clock, maxSilenceMs, () => {
      connection.abort(new SilentWatchError(`no event for ${maxSilenceMs} ms`));
    });
    const release = (): void => {
      watchdog.stop();
      signal.removeEventListener('abort', onAbort);
      connection.abort();
    };
    try {
      const events = await listWatcher.watch(request, connection.signal);
      watchdog.feed();
      return new WatchSession(clock, events[Symbol.asyncIterator](), watchdog, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** The next event, or undefined once the server has closed the watch cleanly. */
  async next(): Promise<WatchEvent<T> | undefined> {
    const { done, value } = await this.#events.next();
    if (done) return undefined;
    this.#watchdog.feed();
    return value;
  }

  /** How long (ms) the watch has been open. */
  age(): number {
    return this.#clock.monotonic() - this.#openedAt;
  }

  /** Ends the watch and its watchdog. Harmless when it has ended already. */
  close(): void {
    this.#release();
  }
}
