import { z } from 'zod';
import { leaseTag, type Owner, ownerOfKeepTag, ownerOfLease } from '../domain/protection/keep-tag.ts';
import { milliseconds } from '../domain/time.ts';
import type { RepositoryWriter } from '../ports/registry-writer.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { emptyIndex } from './tag-releaser.ts';

const RENEWED_EVERY = '24h';
/** How long an owner that is not heard of is taken to be alive. */
const LEASE_DURATION = '72h';

const ANNOTATIONS = {
  owner: 'dev.artifactrelease.owner',
  renewTime: 'dev.artifactrelease.renew-time',
  duration: 'dev.artifactrelease.lease-duration',
} as const;

const Lease = z.object({ [ANNOTATIONS.renewTime]: z.iso.datetime() });

export interface LeaseParts {
  readonly owner: Owner;
  readonly ledger: RepositoryLedger;
  readonly listed: ReadonlySet<string>;
  readonly writer: RepositoryWriter;
  readonly now: () => Date;
}

/**
 * Shows once a day, by a tag, that this owner is still there, and looks for owners that are not: the tags of a cluster
 * that is gone keep what they keep for ever, and only a person can know that it is gone.
 */
export async function keepLease(parts: LeaseParts, signal: AbortSignal): Promise<void> {
  const { ledger, listed, now, owner, writer } = parts;
  const { leasedAt } = ledger.record;
  const tag = leaseTag(owner);
  const due = leasedAt === undefined ? 0 : Date.parse(leasedAt) + milliseconds(RENEWED_EVERY);
  if (now().getTime() < due && listed.has(tag)) return;
  const renewedAt = now().toISOString();
  const annotations = {
    [ANNOTATIONS.owner]: owner,
    [ANNOTATIONS.renewTime]: renewedAt,
    [ANNOTATIONS.duration]: LEASE_DURATION,
  };
  await writer.put(emptyIndex(annotations), tag, signal);
  const parked = ledger.record.parked.filter((one) => one !== tag);
  ledger.record = { ...ledger.record, parked, leasedAt: renewedAt };
  const stale = await staleOwners(parts, signal);
  ledger.staleOwnerTags = [...listed].filter((one) => stale.has(ownerOfKeepTag(one) ?? '')).length;
}

async function staleOwners(
  { listed, now, owner, writer }: LeaseParts,
  signal: AbortSignal,
): Promise<ReadonlySet<Owner>> {
  const stale = new Set<Owner>();
  for (const tag of listed) {
    const other = ownerOfLease(tag);
    if (other === undefined || other === owner) continue;
    const { annotations } = await writer.tagged(tag, signal);
    const renewed = Lease.safeParse(annotations).data?.[ANNOTATIONS.renewTime];
    // One that is not understood may be newer than we are.
    if (renewed !== undefined && now().getTime() > Date.parse(renewed) + milliseconds(LEASE_DURATION))
      stale.add(other);
  }
  return stale;
}
