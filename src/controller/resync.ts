/**
 * Makes every key due once in a period, whatever the watches have said.
 *
 * Guarantees: the keys of one round are spread over it at random, so that a large fleet is no burst; a key that is
 * due earlier anyway is not delayed.
 */
import type { Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { WorkQueue } from './work-queue.ts';

/** Collaborators of a resync. */
export interface ResyncOptions {
  readonly queue: Pick<WorkQueue, 'addAfter'>;
  readonly keys: () => Iterable<string>;
  /** Length (ms) of a round. */
  readonly periodMs: number;
  readonly clock: Clock;
  readonly random?: Random;
}

/** See the head of this file. */
export class Resync {
  readonly name = 'resync';
  readonly #options: ResyncOptions;

  constructor(options: ResyncOptions) {
    this.#options = options;
  }

  /** Begins a round after every period until `stopping` aborts. */
  async run({ stopping }: Lifecycle): Promise<void> {
    const { clock, keys, periodMs, queue, random = Math.random } = this.#options;
    for (;;) {
      await clock.sleep(periodMs, stopping).catch(() => undefined); // only aborts reject, which ends the loop
      if (stopping.aborted) return;
      for (const key of keys()) queue.addAfter(key, random() * periodMs);
    }
  }
}
