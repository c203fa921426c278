import { z } from 'zod';
import { ArchivedDigest } from '../../api/protection-status.ts';
import { Digest, Repository, Timestamp } from '../../api/scalars.ts';
import type {
  Closure,
  DiscoveryPin,
  Member,
  RecordedAccess,
  RecordedRoot,
  RecordedScrub,
  RecordedVault,
  RepositoryRecord,
} from '../../domain/protection/record.ts';

/** Every field, optional ones too: one that is missing here would be forgotten by the next restart. */
type Fields<T> = { readonly [K in keyof T]-?: z.ZodType<T[K]> };

const StoredMember = z.object({
  digest: Digest,
  mediaType: z.string(),
  blobs: z.array(z.object({ digest: Digest, size: z.int().min(0) })),
} satisfies Fields<Member>);

const StoredClosure = z.object({
  root: Digest,
  members: z.array(StoredMember),
  pins: z.array(z.object({ tag: z.string(), digest: Digest } satisfies Fields<DiscoveryPin>)),
} satisfies Fields<Closure>);

const StoredAccess = z.object({
  namespace: z.string(),
  imagePullSecrets: z.array(z.string()),
  serviceAccount: z.string().optional(),
} satisfies Fields<RecordedAccess>);

const StoredRoot = z.object({
  closure: StoredClosure,
  version: z.string().optional(),
  scannedAt: Timestamp,
  heldAt: Timestamp.optional(),
  confirmedAt: Timestamp.optional(),
  graceMs: z.number().min(0),
  archive: z.string().optional(),
  leavesAt: Timestamp.optional(),
} satisfies Fields<RecordedRoot>);

const StoredScrub = z.object({
  roundAt: Timestamp,
  readTo: z.string().optional(),
  paidUntil: Timestamp,
  doubtful: z.array(Digest),
} satisfies Fields<RecordedScrub>);

const StoredVault = z.object({
  unwanted: z.record(z.string(), Timestamp),
  parked: z.array(z.string()),
} satisfies Fields<RecordedVault>);

/** A change of the schema that an older operator would misunderstand needs another one. */
export const SCHEMA_VERSION = 1;

/** A record as it is stored. */
export const StoredRecord = z.object({
  schemaVersion: z.literal(SCHEMA_VERSION, { error: 'another version of the operator wrote this' }),
  repository: Repository,
  accesses: z.array(StoredAccess),
  roots: z.array(StoredRoot),
  unwanted: z.record(z.string(), Timestamp),
  parked: z.array(z.string()),
  orphans: z.array(Digest),
  archived: z.array(ArchivedDigest),
  vault: StoredVault.optional(),
  scrub: StoredScrub.optional(),
  leasedAt: Timestamp.optional(),
  leasing: Timestamp.optional(),
  sharedAt: Timestamp.optional(),
} satisfies Fields<RepositoryRecord> & { schemaVersion: z.ZodType });
