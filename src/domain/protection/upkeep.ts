import type { ArchivedDigest } from '../../api/protection-status.ts';
import type { Digest } from '../../api/scalars.ts';
import { earliest } from '../time.ts';
import { accessesOf, type Demand } from './claims.ts';
import { keepTag, type Owner, ownerOfKeepTag } from './keep-tag.ts';
import type { Member, RecordedRoot, RepositoryRecord } from './record.ts';

const MAX_ARCHIVED_RECORDS = 100;
/** Credentials that are remembered for a repository whose releases are gone. */
const MAX_ACCESSES = 8;
const REFUSED_MS = 3_600_000;
/** How long a repository without any of our tags is taken to be out of reach, and not gone. */
const OUT_OF_REACH_MS = 86_400_000;

export const emptyRecord = (repository: string): RepositoryRecord => ({
  repository,
  accesses: [],
  roots: [],
  unwanted: {},
  parked: [],
  orphans: [],
  archived: [],
});

/** Nothing is left that has to be looked after. */
export const isSpent = ({ roots, unwanted, orphans, vault }: RepositoryRecord): boolean =>
  [roots, orphans, Object.keys(unwanted), Object.keys(vault?.unwanted ?? {})].every(
    (one) => one.length === 0,
  );

/** Everything that was to be given up should have been a day ago. */
export function isLongDue({ roots, unwanted }: RepositoryRecord, now: Date): boolean {
  const dates = [...roots.map(({ leavesAt }) => leavesAt), ...Object.values(unwanted)];
  const isLong = (at: string | undefined) =>
    at !== undefined && Date.parse(at) + OUT_OF_REACH_MS <= now.getTime();
  return dates.length > 0 && dates.every(isLong);
}

/**
 * The record once more, with what is wanted now: a root that nobody wants any more gets a date, one that is wanted again
 * loses it. Roots that are wanted for the first time are not in it before their closure is known.
 */
export function withDemands(
  record: RepositoryRecord,
  demands: ReadonlyMap<Digest, Demand>,
  now: Date,
): RepositoryRecord {
  const claims = [...demands.values()].flatMap((demand) => demand.claims);
  const roots = record.roots.map((root): RecordedRoot => {
    const demand = demands.get(root.closure.root);
    if (demand?.tags) return { ...(root.leavesAt === undefined ? root : unread(root)), ...termsOf(demand) };
    return { ...root, leavesAt: root.leavesAt ?? new Date(now.getTime() + root.graceMs).toISOString() };
  });
  const orphaned = claims.filter(({ orphan }) => orphan).map(({ kept }) => kept.digest);
  const orphans = roots
    .filter(({ closure }) => orphaned.includes(closure.root))
    .flatMap(({ closure }) => closure.members.map(({ digest }) => digest));
  return {
    ...record,
    roots,
    accesses: [
      ...new Map(
        [...accessesOf(claims), ...record.accesses].map((one) => [JSON.stringify(one), one]),
      ).values(),
    ].slice(0, MAX_ACCESSES),
    orphans: [...new Set([...record.orphans, ...orphans])],
  };
}

/** While nobody wanted it, nobody looked after it. */
const unread = (root: RecordedRoot): RecordedRoot => ({
  ...root,
  leavesAt: undefined,
  heldAt: undefined,
  confirmedAt: undefined,
});

/** What a root keeps of those who want it, for when they are gone. */
export function termsOf({ claims }: Demand): Pick<RecordedRoot, 'graceMs' | 'archive' | 'version'> {
  return {
    graceMs: Math.max(...claims.map(({ graceMs }) => graceMs)),
    archive: claims.find(({ archive }) => archive !== undefined)?.archive,
    version: claims.find(({ kept }) => kept.version !== undefined)?.kept.version,
  };
}

/** Every keep tag that has to be there, with what it keeps. */
export function wantedTags(
  owner: Owner,
  { roots, orphans }: Pick<RepositoryRecord, 'roots' | 'orphans'>,
): ReadonlyMap<string, Digest> {
  const digests = [
    ...orphans,
    ...roots.flatMap(({ closure }) => closure.members.map(({ digest }) => digest)),
  ];
  return new Map(digests.map((digest) => [keepTag(owner, digest), digest]));
}

/** Members whose keep tag is not listed, or is listed and points at a tombstone. */
export function untagged(
  owner: Owner,
  { closure }: Pick<RecordedRoot, 'closure'>,
  { listed, parked }: { readonly listed: ReadonlySet<string>; readonly parked: readonly string[] },
): readonly Member[] {
  return closure.members.filter(({ digest }) => {
    const tag = keepTag(owner, digest);
    return !listed.has(tag) || parked.includes(tag);
  });
}

export interface Sweep {
  readonly record: RepositoryRecord;
  /** Keep tags to give up now, at most as many as may be. */
  readonly due: readonly string[];
  /** How many more are due. */
  readonly postponed: number;
}

/**
 * Which own keep tags are to be given up. It goes by what is listed, not by what is remembered: a tag that some earlier
 * pass has forgotten is found all the same.
 */
export function sweep(
  { owner, previousOwners, listed, now, max, graceMs }: SweepTerms,
  before: RepositoryRecord,
): Sweep {
  const gone = (root: RecordedRoot): boolean => hasLeft(root, before, now);
  const record = { ...before, roots: before.roots.filter((root) => !gone(root)) };
  const left = wantedTags(owner, { orphans: [], roots: before.roots.filter(gone) });
  // What an earlier name keeps is let go of once it is kept by that of today, and orphans get no other tag.
  const unconfirmed = record.roots.filter(({ confirmedAt }) => confirmedAt === undefined);
  const inherited = { orphans: record.orphans, roots: unconfirmed };
  const wanted = new Map([
    ...wantedTags(owner, record),
    ...previousOwners.flatMap((previous) => [...wantedTags(previous, inherited)]),
  ]);
  const own = [...listed].filter((tag) => isOwn(tag, owner, previousOwners));
  const unwanted = own.filter((tag) => !wanted.has(tag) && !record.parked.includes(tag));
  const dates = unwanted.map((tag) => {
    const at = left.has(tag) ? now : new Date(now.getTime() + graceMs);
    return [tag, record.unwanted[tag] ?? at.toISOString()] as const;
  });
  const due = dates.filter(([, at]) => new Date(at) <= now).map(([tag]) => tag);
  return {
    record: {
      ...record,
      unwanted: Object.fromEntries(dates),
      parked: record.parked.filter((tag) => listed.has(tag) && !wanted.has(tag)),
    },
    due: due.slice(0, max),
    postponed: Math.max(0, due.length - max),
  };
}

/** A keep tag of this owner, under its name of today or an earlier one. */
export function isOwn(tag: string, owner: Owner, previousOwners: readonly Owner[]): boolean {
  const whose = ownerOfKeepTag(tag);
  return whose !== undefined && (whose === owner || previousOwners.includes(whose));
}

export interface SweepTerms {
  readonly owner: Owner;
  /** Whom the owner was before. */
  readonly previousOwners: readonly Owner[];
  readonly listed: ReadonlySet<string>;
  readonly now: Date;
  /** Tags at most. */
  readonly max: number;
  /** Of tags that no root has let go of: nobody knows since when they are not needed. */
  readonly graceMs: number;
}

/** What goes to an archive does not leave before it has arrived there. */
const hasLeft = (root: RecordedRoot, { archived }: RepositoryRecord, now: Date): boolean =>
  isDue(root, now) &&
  (root.archive === undefined ||
    archived.some(({ digest, repository }) => digest === root.closure.root && repository === root.archive));

const isDue = ({ leavesAt }: RecordedRoot, now: Date): boolean =>
  leavesAt !== undefined && new Date(leavesAt) <= now;

/** Roots whose time is over and that are not yet in their archive. */
export const toArchive = (record: RepositoryRecord, now: Date): readonly RecordedRoot[] =>
  record.roots.filter((root) => isDue(root, now) && !hasLeft(root, record, now));

/** Tags that the registry does not let go are left alone for a while: it takes a person to change that. */
export function postponed(
  unwanted: RepositoryRecord['unwanted'],
  refused: ReadonlySet<string>,
  now: Date,
): RepositoryRecord['unwanted'] {
  const at = new Date(now.getTime() + REFUSED_MS).toISOString();
  const dates = Object.entries(unwanted).map(([tag, date]) => [tag, refused.has(tag) ? at : date]);
  return Object.fromEntries(dates);
}

/** Newest first; where the oldest of many are is not remembered, but there they are. */
export const withArchived = (record: RepositoryRecord, entry: ArchivedDigest): RepositoryRecord => {
  const others = record.archived.filter(({ digest }) => digest !== entry.digest);
  return { ...record, archived: [entry, ...others].slice(0, MAX_ARCHIVED_RECORDS) };
};

/** When something may next be given up. What is due already waits for the next look at the whole. */
export function nextDeparture({ roots, unwanted, vault }: RepositoryRecord, now: Date): Date | undefined {
  const tags = [...Object.values(unwanted), ...Object.values(vault?.unwanted ?? {})];
  const dates = [...roots.flatMap(({ leavesAt }) => leavesAt ?? []), ...tags];
  return earliest(...dates.map((at) => new Date(at)).filter((at) => at > now));
}
