import type { Status } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import { PROTECTION_PROBLEMS } from '../api/protection-reasons.ts';
import type { ProtectionStatus } from '../api/protection-status.ts';
import { shortDigest } from './digest.ts';
import { type Notice, normal, warning } from './notice.ts';
import type { Observation } from './observation.ts';

type Entry = ProtectionStatus['digests'][number];

/** What is still being done, or only cannot be seen, has not been lost. */
const OPEN: readonly Reason[] = ['ProtectionPending', 'ProtectionUnknown'];
const LOSSES: readonly Reason[] = PROTECTION_PROBLEMS.filter((problem) => !OPEN.includes(problem));

/** What people are told of the digests that are kept: when one is safe, when it no longer is, and when it is again. */
export function protectionNotices(
  before: Status | undefined,
  after: Status,
  { protection }: Pick<Observation, 'protection'>,
): readonly Notice[] {
  const known = new Map(before?.protection?.digests.map((entry) => [entry.digest, entry.reason]));
  const changes = (after.protection?.digests ?? []).flatMap((entry) => {
    const words = protection.get(entry.digest)?.message ?? entry.reason;
    return change(known.get(entry.digest), entry, words) ?? [];
  });
  return [
    ...changes,
    ...archivals(before?.protection, after.protection),
    ...problems(before?.protection, after.protection),
  ];
}

/** Each kind once, until it is over. */
function problems(
  before: ProtectionStatus | undefined,
  after: ProtectionStatus | undefined,
): readonly Notice[] {
  const known = new Set(before?.problems?.map(({ reason }) => reason));
  const fresh = after?.problems?.filter(({ reason }) => !known.has(reason)) ?? [];
  return fresh.map(({ message, reason }) => warning(reason, message));
}

/** What was archived before anything was known of it is no news. */
function archivals(
  before: ProtectionStatus | undefined,
  after: ProtectionStatus | undefined,
): readonly Notice[] {
  if (before === undefined) return [];
  const newest = before.archived?.[0]?.archivedAt ?? '';
  const fresh = after?.archived?.filter(({ archivedAt }) => archivedAt > newest) ?? [];
  return fresh.map(({ digest, repository }) =>
    normal('Archived', `${shortDigest(digest)} is in ${repository}, with everything that it needs`),
  );
}

function change(
  before: Reason | undefined,
  { digest, role, reason }: Entry,
  words: string,
): Notice | undefined {
  const name = `${shortDigest(digest)} (${role})`;
  if (before === 'Protected' && LOSSES.includes(reason))
    return warning('ProtectionLost', `${name} is not protected any more: ${words}`);
  if (reason !== 'Protected') return undefined;
  if (before !== undefined && LOSSES.includes(before))
    return normal('ProtectionRepaired', `${name} is protected again: ${words}`);
  // An outage that is over is no news: what it could not see was there.
  const first = before === undefined || before === 'ProtectionPending';
  return first ? normal('ProtectionConfirmed', `${name} is protected: ${words}`) : undefined;
}
