import type {
  ListPage,
  ListRequest,
  ListWatcher,
  WatchEvent,
  WatchRequest,
} from '../../src/controller/list-watcher.ts';

/** One answer to a list: a page, an error, or null for none before the signal aborts. */
export type ListStep<T> = ListPage<T> | Error | null;

/** One answer to a watch: an error at once, or events and how they end; a promise closes it when it resolves. */
export type WatchStep<T> =
  | Error
  | { readonly events: readonly WatchEvent<T>[]; readonly end: 'close' | 'hang' | Error | Promise<void> };

/** Answers lists and watches from two scripts; when one is at its end, it hangs. */
export class ScriptedListWatcher<T> implements ListWatcher<T> {
  readonly lists: ListRequest[] = [];
  readonly watches: WatchRequest[] = [];
  readonly #listSteps: ListStep<T>[];
  readonly #watchSteps: WatchStep<T>[];

  constructor(listSteps: readonly ListStep<T>[], watchSteps: readonly WatchStep<T>[] = []) {
    this.#listSteps = [...listSteps];
    this.#watchSteps = [...watchSteps];
  }

  async list(request: ListRequest, signal: AbortSignal): Promise<ListPage<T>> {
    this.lists.push(request);
    const step = this.#listSteps.shift() ?? null;
    if (step instanceof Error) throw step;
    return step ?? untilAborted(signal);
  }

  async watch(request: WatchRequest, signal: AbortSignal): Promise<AsyncIterable<WatchEvent<T>>> {
    this.watches.push(request);
    const step = this.#watchSteps.shift() ?? { events: [], end: 'hang' };
    if (step instanceof Error) throw step;
    return play(step, signal);
  }
}

async function* play<T>(
  { events, end }: Exclude<WatchStep<T>, Error>,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  yield* events;
  if (end instanceof Error) throw end;
  if (end === 'hang') await untilAborted(signal);
  if (end instanceof Promise) await end;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
