import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../controller/clock.ts';
import { settlesWithin } from '../../controller/deadline.ts';
import { publicGoodRoot } from './shipped-root.ts';

/** The root changes a few times a year, long before what it replaces ends. */
const MAX_AGE_MS = 24 * 60 * 60_000;
const RETRY_MS = 60 * 60_000;
const STOP_MS = 3_000;

/** Rejects where the root cannot be had or is not understood; may keep what it likes in the folder. */
export type Download = (folder: string) => Promise<string>;

/** Loaded when it is needed: what reads roots is a tenth of the memory of an operator that needs none. */
const fromMirror: Download = async (folder) => (await import('./mirrored-root.ts')).mirroredRoot(folder);

export interface PublicGoodRootParts {
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly download?: Download;
}

/**
 * The trusted root of the public-good instance: as it ships, until its mirror has been asked. That is done in the
 * background, at most once a day and only by an operator that uses the root. What cannot be had or understood leaves
 * the last good one in force.
 */
export class PublicGoodRoot {
  readonly #parts: PublicGoodRootParts;
  /** Nobody else may write there: the first root that is found in it is the anchor of all others. */
  #folder: string | undefined;
  #root: string | undefined;
  #dueAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(parts: PublicGoodRootParts) {
    this.#parts = parts;
  }

  /** JSON. Never waits. */
  current(): string {
    if (this.#parts.clock.monotonic() >= this.#dueAt) {
      // Until it is over, which may take a while where the mirror is out of reach.
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#refreshing = this.#refresh();
    }
    this.#root ??= publicGoodRoot();
    return this.#root;
  }

  /** Removes what downloads left behind; waits a moment for one that has begun. */
  async stop(): Promise<void> {
    await settlesWithin(this.#parts.clock, STOP_MS, this.#refreshing);
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  async #refresh(): Promise<void> {
    const { clock, download = fromMirror, onError } = this.#parts;
    try {
      this.#folder ??= mkdtempSync(join(tmpdir(), 'public-good-root-'));
      this.#root = await download(this.#folder);
      this.#dueAt = clock.monotonic() + MAX_AGE_MS;
    } catch (error) {
      this.#dueAt = clock.monotonic() + RETRY_MS;
      onError(error);
    }
  }
}
