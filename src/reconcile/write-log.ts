/** One version of one object, whatever its kind. */
export interface ObjectVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

interface LastWrite {
  readonly replaced: string;
  readonly written: string;
  readonly at: number;
}

/** Remembers our own last write to each object. */
export class WriteLog {
  readonly #last = new Map<string, LastWrite>();

  /** The cache still shows what our last write replaced: deciding on it would decide the same thing twice. */
  isBehind({ uid, resourceVersion }: ObjectVersion): boolean {
    const last = this.#last.get(uid);
    // A write that changed nothing replaced nothing.
    return last !== undefined && last.replaced === resourceVersion && last.written !== resourceVersion;
  }

  /** The first instant from now on that keeps `intervalMs` to the last write. A clock that has gone back keeps nothing. */
  earliest(uid: string, intervalMs: number, now: Date): Date {
    const last = this.#last.get(uid);
    if (!last || last.at > now.getTime()) return now;
    return new Date(Math.max(now.getTime(), last.at + intervalMs));
  }

  wrote({ uid, resourceVersion }: ObjectVersion, written: string, now: Date): void {
    this.#last.set(uid, { replaced: resourceVersion, written, at: now.getTime() });
  }

  forget(uid: string): void {
    this.#last.delete(uid);
  }
}

/** A watch brings the newest version within milliseconds; this is for when it does not. */
export const STALE_CACHE_MS = 100;
