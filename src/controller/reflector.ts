/**
 * Keeps a store equal to a collection of the API server: lists it, then watches it, for ever.
 *
 *            ┌────────────── expired (410) ───────────────┐
 *            ▼                                            │
 *          empty ──► listing(page) ──last page──► listed(rv) ──opened──► watching(rv)
 *                       ▲    │                        ▲                       │
 *                       └────┘ next page, failure     └─ closed, failure, ────┘
 *                                                        150 s of silence
 *
 * Guarantees:
 * - whatever happens to the connection, `run` goes on until its signal aborts, and then ends promptly;
 * - the store is replaced at the end of a list, at once; a reader never sees half a list;
 * - nothing is skipped: a watch always starts from the version that the store has reached;
 * - a server in trouble is met with exponential backoff and jitter (0.8 to 30 s), which starts over once a watch
 *   has lived for 10 s;
 * - a half-open connection is noticed after 150 s, more than two bookmarks that did not come.
 *
 * Assumption: the store has no other writer.
 */
import { backoffDelay, type Random, REFLECTOR_BACKOFF } from './backoff.ts';
import type { Clock } from './clock.ts';
import {
  ExpiredError,
  type Identified,
  keyOf,
  type ListWatcher,
  MalformedEventError,
  type WatchEvent,
} from './list-watcher.ts';
import type { Store } from './store.ts';
import { WatchSession } from './watch-session.ts';

const PAGE_SIZE = 500;
const MIN_WATCH_SECONDS = 290;
const MAX_WATCH_SECONDS = 590;
const HEALTHY_WATCH_MS = 10_000;
const MAX_SILENCE_MS = 150_000;
/** Longer than any wait of a working reflector: the silence of a watch, a slow page, a backoff. */
const MAX_STALL_MS = 300_000;

/** Why a whole list had to be read. */
export type RelistReason = 'initial' | 'expired';

/** What a reflector reports. */
export interface ReflectorMetrics {
  /** The server was heard of: a page, an opened watch, an event or a bookmark. */
  recordContact(at: Date): void;
  countRelist(reason: RelistReason): void;
  countMalformedEvent(): void;
  setConnected(connected: boolean): void;
}

/** Where a reflector is on its way. */
export type ReflectorState<T> =
  | { readonly kind: 'empty'; readonly reason: RelistReason }
  | { readonly kind: 'listing'; readonly items: readonly T[]; readonly continueToken?: string }
  | { readonly kind: 'listed'; readonly resourceVersion: string }
  | { readonly kind: 'watching'; readonly resourceVersion: string; readonly session: WatchSession<T> };

/** Collaborators of a reflector. `onError` hears of every failure and of the wait (ms) that follows it. */
export interface ReflectorOptions<T extends Identified> {
  readonly name: string;
  readonly listWatcher: ListWatcher<T>;
  readonly store: Pick<Store<T, string>, 'put' | 'delete' | 'replace'>;
  readonly clock: Clock;
  readonly metrics: ReflectorMetrics;
  readonly onError: (error: unknown, retryInMs: number) => void;
  readonly random?: Random;
}

/** See the head of this file. */
export class Reflector<T extends Identified> {
  readonly name: string;
  readonly #options: ReflectorOptions<T>;
  readonly #random: Random;
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  /** Consecutive failures since a watch was healthy. */
  #failures = 0;
  #progressAt: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.name = options.name;
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Lists and watches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let state: ReflectorState<T> = { kind: 'empty', reason: 'initial' };
    while (!signal.aborted) {
      this.#progressAt = this.#options.clock.monotonic();
      try {
        state = await this.#advance(state, signal);
      } catch (error) {
        if (state.kind === 'watching') this.#closeWatch(state.session);
        if (signal.aborted) return;
        await this.#backOff(error, signal);
        state = stateAfterFailure(state, error);
      }
    }
    if (state.kind === 'watching') this.#closeWatch(state.session);
  }

  /** Resolves at the end of the first list. */
  whenSynced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether the store has ever been complete. */
  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /**
   * Whether the loop still turns: it has not started yet, or did something in the last 5 minutes. An API server that
   * does not answer leaves it live, because restarting would not help; a hang of ours does not.
   */
  isLive(): boolean {
    return (
      this.#progressAt === undefined || this.#options.clock.monotonic() - this.#progressAt < MAX_STALL_MS
    );
  }

  async #advance(state: ReflectorState<T>, signal: AbortSignal): Promise<ReflectorState<T>> {
    switch (state.kind) {
      case 'empty':
        this.#options.metrics.countRelist(state.reason);
        return { kind: 'listing', items: [] };
      case 'listing':
        return this.#listPage(state, signal);
      case 'listed':
        return this.#openWatch(state.resourceVersion, signal);
      case 'watching':
        return this.#readEvent(state.resourceVersion, state.session);
    }
  }

  async #listPage(
    state: Extract<ReflectorState<T>, { kind: 'listing' }>,
    signal: AbortSignal,
  ): Promise<ReflectorState<T>> {
    const { continueToken } = state;
    const request = continueToken === undefined ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, continueToken };
    const page = await this.#options.listWatcher.list(request, signal);
    this.#recordContact();
    const items = [...state.items, ...page.items];
    if (page.continueToken !== undefined)
      return { kind: 'listing', items, continueToken: page.continueToken };
    this.#options.store.replace(items);
    this.#hasSynced = true;
    this.#synced.resolve();
    return { kind: 'listed', resourceVersion: page.resourceVersion };
  }

  async #openWatch(resourceVersion: string, signal: AbortSignal): Promise<ReflectorState<T>> {
    const spread = MAX_WATCH_SECONDS - MIN_WATCH_SECONDS;
    const timeoutSeconds = MIN_WATCH_SECONDS + Math.floor(this.#random() * (spread + 1));
    const { listWatcher, clock, metrics } = this.#options;
    const session = await WatchSession.open(
      listWatcher,
      { resourceVersion, timeoutSeconds },
      { clock, maxSilenceMs: MAX_SILENCE_MS, signal },
    );
    this.#recordContact();
    metrics.setConnected(true);
    return { kind: 'watching', resourceVersion, session };
  }

  async #readEvent(resourceVersion: string, session: WatchSession<T>): Promise<ReflectorState<T>> {
    const event = await session.next();
    if (event !== undefined) {
      this.#recordContact();
      this.#apply(event);
      return { kind: 'watching', resourceVersion: event.resourceVersion, session };
    }
    if (session.age() < HEALTHY_WATCH_MS)
      throw new Error(`watch closed after ${Math.round(session.age())} ms`);
    this.#closeWatch(session);
    return { kind: 'listed', resourceVersion };
  }

  #apply(event: WatchEvent<T>): void {
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        this.#options.store.put(event.object);
        return;
      case 'DELETED':
        this.#options.store.delete(keyOf(event.object.metadata));
        return;
      case 'BOOKMARK':
        return;
    }
  }

  #closeWatch(session: WatchSession<T>): void {
    if (session.age() >= HEALTHY_WATCH_MS) this.#failures = 0;
    session.close();
    this.#options.metrics.setConnected(false);
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, metrics, onError } = this.#options;
    if (error instanceof MalformedEventError) metrics.countMalformedEvent();
    this.#failures += 1;
    const delay = backoffDelay(this.#failures, REFLECTOR_BACKOFF, this.#random);
    onError(error, delay);
    await clock.sleep(delay, signal).catch(() => undefined); // only aborts reject, and `run` looks for those
  }

  #recordContact(): void {
    this.#options.metrics.recordContact(this.#options.clock.now());
  }
}

/** A failed page is asked for again; a failed watch starts where it had come to; what has expired starts over. */
function stateAfterFailure<T>(state: ReflectorState<T>, error: unknown): ReflectorState<T> {
  if (error instanceof ExpiredError) return { kind: 'empty', reason: 'expired' };
  if (state.kind === 'watching') return { kind: 'listed', resourceVersion: state.resourceVersion };
  return state;
}
