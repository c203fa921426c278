import type { RegistryProtection } from '../../api/protection-spec.ts';
import type { Digest } from '../../api/scalars.ts';
import { milliseconds } from '../time.ts';
import type { Member, RecordedRoot, RecordedScrub, RepositoryRecord } from './record.ts';

const HOUR_MS = 3_600_000;
/** The most that may be saved up, so that a late pass does not read for an hour at once. Larger blobs save up for longer. */
const PORTION_MS = 600_000;

/** A manifest or a blob, with the members that are broken when it is. */
export interface ScrubItem {
  readonly digest: Digest;
  /** Bytes; 0 for a manifest, whose size is known once it is read. */
  readonly size: number;
  readonly isManifest: boolean;
  readonly members: readonly Member[];
}

export type ScrubSettings = RegistryProtection['scrub'];

/** Everything that is read in a round, each thing once however many roots share it, in the order of their digests. */
export function scrubItems(roots: readonly RecordedRoot[]): readonly ScrubItem[] {
  const items = new Map<Digest, ScrubItem>();
  const add = (digest: Digest, size: number, member: Member): void => {
    const members = items.get(digest)?.members ?? [];
    const isManifest = digest === member.digest;
    if (members.some((one) => one.digest === member.digest)) return;
    items.set(digest, { digest, size, isManifest, members: [...members, member] });
  };
  for (const member of roots.flatMap(({ closure }) => closure.members)) {
    add(member.digest, 0, member);
    for (const { digest, size } of member.blobs) add(digest, size, member);
  }
  return [...items.values()].sort((one, other) => (one.digest < other.digest ? -1 : 1));
}

export const isOff = ({ interval }: ScrubSettings): boolean => milliseconds(interval) === 0;

/** Before anything was read at all: what has just been confirmed is due an interval later. */
export const firstScrub = (now: Date): RecordedScrub => ({
  roundAt: now.toISOString(),
  paidUntil: now.toISOString(),
  doubtful: [],
});

/** The round that is under way now, or the last one where the next is not due. Rounds that were missed are not made up for. */
export function currentRound(scrub: RecordedScrub, settings: ScrubSettings, now: Date): RecordedScrub {
  if (isOff(settings) || scrub.readTo !== undefined || now < roundDue(scrub, settings)) return scrub;
  const start = Math.max(roundDue(scrub, settings).getTime(), now.getTime() - PORTION_MS);
  const roundAt = new Date(start).toISOString();
  return { ...scrub, roundAt, paidUntil: later(scrub.paidUntil, roundAt), readTo: START };
}

/** What the round has still to read; nothing while none is under way. */
export const unread = (items: readonly ScrubItem[], { readTo }: RecordedScrub): readonly ScrubItem[] =>
  readTo === undefined ? [] : items.filter(({ digest }) => digest > readTo);

export const withRoundOver = ({ readTo: _, ...scrub }: RecordedScrub): RecordedScrub => scrub;

/** Whether the budget that has accrued by now is enough for it. */
export const isAffordable = (item: ScrubItem, scrub: RecordedScrub, terms: ScrubSettings, now: Date) =>
  Date.parse(scrub.paidUntil) + costMs(item.size, terms) <= now.getTime();

/** After the item was read, `bytes` of it. */
export function withRead(
  scrub: RecordedScrub,
  item: ScrubItem,
  bytes: number,
  { settings, now }: { readonly settings: ScrubSettings; readonly now: Date },
): RecordedScrub {
  const cost = costMs(bytes, settings);
  const from = Math.max(Date.parse(scrub.paidUntil), now.getTime() - Math.max(PORTION_MS, cost));
  return { ...scrub, readTo: item.digest, paidUntil: new Date(from + cost).toISOString() };
}

/**
 * When the scrub has next something to do: not for every blob that could be paid for, but for a portion of them.
 * Undefined where nothing is to be read.
 */
export function dueScrub(
  { roots, scrub }: Pick<RepositoryRecord, 'roots' | 'scrub'>,
  settings: ScrubSettings,
  now: Date,
): Date | undefined {
  const items = scrubItems(roots.filter(isScrubbed));
  if (isOff(settings) || scrub === undefined || items.length === 0) return undefined;
  const open = unread(items, scrub);
  const [first = { size: 0 }, ...rest] = scrub.readTo === undefined ? items : open;
  const whole = [first, ...rest].reduce((sum, { size }) => sum + costMs(size, settings), 0);
  const portion = Math.max(costMs(first.size, settings), Math.min(whole, PORTION_MS));
  const from = scrub.readTo === undefined ? roundDue(scrub, settings).getTime() : Date.parse(scrub.paidUntil);
  return new Date(Math.max(from + portion, now.getTime()));
}

/** What is not known to be whole is read back anyway, and what nobody wants is nobody's trouble. */
export const isScrubbed = ({ confirmedAt, leavesAt }: RecordedRoot): boolean =>
  confirmedAt !== undefined && leavesAt === undefined;

/** Time in which the budget for so many bytes accrues, in ms. */
export const costMs = (bytes: number, { mebibytesPerHour }: ScrubSettings): number =>
  Math.ceil((bytes / (mebibytesPerHour * 1024 * 1024)) * HOUR_MS);

const roundDue = ({ roundAt }: RecordedScrub, { interval }: ScrubSettings): Date =>
  new Date(Date.parse(roundAt) + milliseconds(interval));

const later = (one: string, other: string): string => (one < other ? other : one);

/** Before every digest. */
const START = '';
