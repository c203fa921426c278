import type { Status } from '../api/artifact-release-status.ts';
import { isSameNews, isSameStatus } from '../domain/status-news.ts';
import type { ReleaseIdentity } from '../ports/cluster.ts';

interface LastWrite {
  readonly replaced: string;
  readonly written: string;
  readonly at: number;
}

/** Numbers that nobody acts on are stored at most this often. */
const REFRESH_MS = 10_000;

/** Remembers our own writes: which versions the cache may still show, and when numbers were last refreshed. */
export class StatusJournal {
  readonly #last = new Map<string, LastWrite>();

  /** The cache still shows what our last write replaced: deciding on it would decide the same thing twice. */
  isBehind({ uid, resourceVersion }: ReleaseIdentity): boolean {
    const last = this.#last.get(uid);
    // A write that changed nothing replaced nothing.
    return last !== undefined && last.replaced === resourceVersion && last.written !== resourceVersion;
  }

  /** Now for news, later for mere numbers, never for what is stored already. */
  whenToWrite(uid: string, before: Status | undefined, after: Status, now: Date): Date | undefined {
    if (before && isSameStatus(before, after)) return undefined;
    if (!before || !isSameNews(before, after)) return now;
    const last = this.#last.get(uid);
    return last ? new Date(Math.max(now.getTime(), last.at + REFRESH_MS)) : now;
  }

  wrote({ uid, resourceVersion }: ReleaseIdentity, written: string, now: Date): void {
    this.#last.set(uid, { replaced: resourceVersion, written, at: now.getTime() });
  }

  forget(uid: string): void {
    this.#last.delete(uid);
  }
}
