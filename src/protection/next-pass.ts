import { nextDeparture } from '../domain/protection/upkeep.ts';
import { earliest, milliseconds } from '../domain/time.ts';
import type { PassParts } from './job.ts';
import type { RepositoryLedger } from './repository-ledger.ts';

/** No earlier than this is a repository looked at again, in ms. */
const SHORTEST_PAUSE_MS = 1_000;
/** A registry that asks for more is looked at all the same, in ms. */
const LONGEST_SILENCE_MS = 3_600_000;

/**
 * When a repository is to be looked at again. `isListed`: whether its registry has said what is there. `archival`: when
 * something is to be archived, or looked for in its archive.
 */
export function nextPass(
  ledger: RepositoryLedger,
  isListed: boolean,
  { now, settings }: Pick<PassParts, 'now' | 'settings'>,
  archival: Date | undefined,
): Date {
  const later = (ms: number): Date => new Date(now().getTime() + ms);
  const resync = later(milliseconds(settings.resyncInterval));
  const due = isListed
    ? [
        resync,
        ledger.nextRetry(),
        nextDeparture(ledger.record, now()),
        ledger.nextConfirmation(settings),
        ledger.nextScrub(settings, now()),
        archival,
      ]
    : [ledger.nextRetry() ?? resync, later(LONGEST_SILENCE_MS)];
  const soonest = later(SHORTEST_PAUSE_MS);
  const next = earliest(...due) ?? resync;
  return next < soonest ? soonest : next;
}
