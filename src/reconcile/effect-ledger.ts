import { isDeepStrictEqual } from 'node:util';
import type { Effect } from '../domain/effect.ts';

/** The watch shows our own write within milliseconds; after this time the effect is not seen because it is undone. */
const EXPECTED_MS = 5_000;

interface Done {
  readonly effect: Effect;
  readonly at: number;
}

/**
 * Effects that were carried out and that the caches do not show yet. Repeating them would be harmless; each would be
 * a request for nothing.
 */
export class EffectLedger {
  readonly #done = new Map<string, readonly Done[]>();

  /** Keeps of what is decided now what the caches still have to show; all else has been seen. */
  settle(uid: string, decided: readonly Effect[], now: Date): void {
    const open = (this.#done.get(uid) ?? []).filter(
      (done) => isExpected(done, now) && decided.some((other) => isDeepStrictEqual(other, done.effect)),
    );
    if (open.length > 0) this.#done.set(uid, open);
    else this.#done.delete(uid);
  }

  /**
   * A canary was applied that the caches do not show yet. A pass that finds nothing of ours to take back would let go
   * of the release and leave it behind.
   */
  hasUnseenCanary(uid: string, now: Date): boolean {
    return (this.#done.get(uid) ?? []).some(
      (done) => done.effect.kind === 'ApplyCanary' && isExpected(done, now),
    );
  }

  isDone(uid: string, effect: Effect): boolean {
    return this.#done.get(uid)?.some((done) => isDeepStrictEqual(done.effect, effect)) ?? false;
  }

  wrote(uid: string, effect: Effect, now: Date): void {
    this.#done.set(uid, [...(this.#done.get(uid) ?? []), { effect, at: now.getTime() }]);
  }

  /** When the oldest open effect is to be looked at again, should no watch report it. */
  recheckAt(uid: string): Date | undefined {
    const oldest = this.#done.get(uid)?.[0];
    return oldest && new Date(oldest.at + EXPECTED_MS);
  }

  forget(uid: string): void {
    this.#done.delete(uid);
  }
}

/** A clock that has gone back does not tell how long ago it was. */
const isExpected = ({ at }: Done, now: Date): boolean =>
  at <= now.getTime() && now.getTime() - at < EXPECTED_MS;
