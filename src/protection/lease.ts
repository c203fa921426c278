import { z } from 'zod';
import { leaseTag, type Owner, ownerOfKeepTag, ownerOfLease } from '../domain/protection/keep-tag.ts';
import type { RepositoryRecord } from '../domain/protection/record.ts';
import { milliseconds } from '../domain/time.ts';
import { isNotFound } from '../ports/registry-error.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { emptyIndex } from './tag-releaser.ts';

const RENEWED_EVERY = '24h';
/** How long an owner that is not heard of is taken to be alive. */
const LEASE_DURATION = '72h';
/** Whoever else has the same owner shows it again within this time. */
const SHARED_FOR = '48h';
/** Whoever may push can make as many leases as they like, and each would be read. */
const MAX_OWNERS = 100;

const ANNOTATIONS = {
  owner: 'dev.artifactrelease.owner',
  renewTime: 'dev.artifactrelease.renew-time',
  duration: 'dev.artifactrelease.lease-duration',
} as const;

const Lease = z.object({ [ANNOTATIONS.renewTime]: z.iso.datetime() });

export interface LeaseParts {
  readonly owner: Owner;
  readonly previousOwners: readonly Owner[];
  readonly ledger: RepositoryLedger;
  readonly listed: ReadonlySet<string>;
  readonly writer: RepositoryWriter;
  readonly now: () => Date;
  /** Puts what is known on record. */
  readonly remember: () => Promise<void>;
}

/**
 * Notes a lease of this owner that somebody else has put: a copy of this cluster, which has its UID, or this very operator
 * where the repository goes by a second name. Each would give up what it does not know the other to need.
 */
export async function checkLease(parts: LeaseParts, signal: AbortSignal): Promise<void> {
  const { ledger, listed, now, owner, writer } = parts;
  const tag = leaseTag(owner);
  if (!listed.has(tag)) return;
  const renewed = await renewTimeOf(tag, writer, signal);
  const { leasedAt, leasing } = ledger.record;
  if (renewed === undefined || renewed === leasedAt || renewed === leasing) return;
  ledger.record = { ...ledger.record, sharedAt: now().toISOString() };
  // So that the other one sees it, too.
  ledger.isLeaseDue = true;
}

/**
 * Shows once a day, by a tag, that this owner is still there, and looks for owners that are not: the tags of a cluster
 * that is gone keep what they keep for ever, and only a person can know that it is gone.
 */
export async function keepLease(parts: LeaseParts, signal: AbortSignal): Promise<void> {
  const { ledger, listed, now, owner, remember, writer } = parts;
  const tag = leaseTag(owner);
  const { leasedAt } = ledger.record;
  const due = leasedAt === undefined ? 0 : Date.parse(leasedAt) + milliseconds(RENEWED_EVERY);
  if (now().getTime() < due && listed.has(tag) && !ledger.isLeaseDue) return;
  await checkLease(parts, signal);
  const renewedAt = now().toISOString();
  ledger.record = { ...ledger.record, leasing: renewedAt };
  await remember();
  const annotations = {
    [ANNOTATIONS.owner]: owner,
    [ANNOTATIONS.renewTime]: renewedAt,
    [ANNOTATIONS.duration]: LEASE_DURATION,
  };
  await writer.put(emptyIndex(annotations), tag, signal);
  const parked = ledger.record.parked.filter((one) => one !== tag);
  ledger.record = { ...ledger.record, parked, leasedAt: renewedAt };
  ledger.isLeaseDue = false;
  const stale = await staleOwners(parts, signal);
  ledger.staleOwnerTags = [...listed].filter((one) => stale.has(ownerOfKeepTag(one) ?? '')).length;
}

/** In words, while it may be so. */
export function sharedOwner({ sharedAt }: RepositoryRecord, owner: Owner, now: Date): string | undefined {
  if (sharedAt === undefined || now.getTime() >= Date.parse(sharedAt) + milliseconds(SHARED_FOR))
    return undefined;
  return `${leaseTag(owner)} was put by somebody else: another cluster has this owner, as a copy of it has, or this repository goes by a second name; give each cluster a clusterId of its own, and name the repository in one way`;
}

async function staleOwners(
  { listed, now, owner, previousOwners, writer }: LeaseParts,
  signal: AbortSignal,
): Promise<ReadonlySet<Owner>> {
  const stale = new Set<Owner>();
  const own = [undefined, owner, ...previousOwners];
  const others = [...listed].filter((tag) => !own.includes(ownerOfLease(tag)));
  for (const tag of others.slice(0, MAX_OWNERS)) {
    const renewed = await renewTimeOf(tag, writer, signal);
    if (renewed !== undefined && now().getTime() > Date.parse(renewed) + milliseconds(LEASE_DURATION))
      stale.add(ownerOfLease(tag) ?? '');
  }
  return stale;
}

/** Undefined for a tag that leads nowhere, and for a lease that is not understood: it may be newer than we are. */
async function renewTimeOf(
  tag: string,
  writer: RepositoryWriter,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { annotations } = await writer.tagged(tag, signal);
    return Lease.safeParse(annotations).data?.[ANNOTATIONS.renewTime];
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
