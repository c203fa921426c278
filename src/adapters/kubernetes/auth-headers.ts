import type { Clock } from '../../controller/clock.ts';

/** Tokens are projected with an hour to live and renewed long before, so half a minute of age is safe. */
const MAX_AGE_MS = 30_000;

type Headers = Readonly<Record<string, string>>;

/**
 * Remembers authentication headers for up to 30 s.
 *
 * Guarantees: at most one load at a time, shared by everybody who waits; a failed load is not remembered.
 * Assumption: `invalidate` is called when the server answers 401, and the request is then tried once more.
 */
export class AuthHeaders {
  readonly #load: () => Promise<Headers>;
  readonly #clock: Clock;
  #current: { readonly headers: Promise<Headers>; readonly loadedAt: number } | undefined;

  constructor(load: () => Promise<Headers>, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
  }

  get(): Promise<Headers> {
    const now = this.#clock.monotonic();
    if (this.#current !== undefined && now - this.#current.loadedAt < MAX_AGE_MS)
      return this.#current.headers;
    const loading = { headers: this.#load(), loadedAt: now };
    this.#current = loading;
    loading.headers.catch(() => {
      if (this.#current === loading) this.#current = undefined;
    });
    return loading.headers;
  }

  /** Forgets `rejected`, unless newer headers have replaced them in the meantime. */
  async invalidate(rejected: Headers): Promise<void> {
    const current = this.#current;
    if (current === undefined || (await current.headers.catch(() => rejected)) !== rejected) return;
    if (this.#current === current) this.#current = undefined;
  }
}
