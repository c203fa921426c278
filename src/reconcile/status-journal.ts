import type { Status } from '../api/artifact-release-status.ts';
import { isSameNews, isSameStatus } from '../domain/status-news.ts';
import { WriteLog } from './write-log.ts';

/** Numbers that nobody acts on are stored at most this often. */
const REFRESH_MS = 10_000;

/** Remembers our own writes: which versions the cache may still show, and when numbers were last refreshed. */
export class StatusJournal extends WriteLog {
  /** Now for news, later for mere numbers, never for what is stored already. */
  whenToWrite(uid: string, before: Status | undefined, after: Status, now: Date): Date | undefined {
    if (before && isSameStatus(before, after)) return undefined;
    if (!before || !isSameNews(before, after)) return now;
    return this.earliest(uid, REFRESH_MS, now);
  }
}
