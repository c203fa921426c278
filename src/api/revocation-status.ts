import { z } from 'zod';
import { conditionReason } from './conditions.ts';
import { Digest, DnsLabel, DnsSubdomain, Timestamp } from './scalars.ts';

/** Digests that are found; as many as the spec may name. */
export const MAX_REVOKED_DIGESTS = 256;
/** Releases that are listed; the counts tell of the others. */
export const MAX_LISTED_RELEASES = 100;

export const REVOCATION_STATES = [
  /** Dry run: what it is about runs there, or wants to. */
  'WouldAffect',
  /** It wants to run it and may not. */
  'Blocked',
  /** Its canary is being taken away. */
  'Aborting',
  /** Its workloads return to another digest. */
  'RollingBack',
  /** Nothing of it runs there. */
  'RolledBack',
  /** It goes on running it, for action is Report. */
  'Reported',
  /** It goes on running it, for its history has no digest that is verified and not revoked. */
  'NoSafeDigest',
  /** The release was deleted; the workload that it left may still run it. */
  'Deleted',
] as const;
export type RevocationState = (typeof REVOCATION_STATES)[number];

/** API like every reason: an entry is never renamed. */
export const REVOCATION_REASONS = [
  'Listed',
  'EvidenceUnknown',
  'ReleaseNotUnderstood',
  'TooManyDigests',
  'DryRun',
  'ReportOnly',
  'InProgress',
  'NoSafeDigest',
  'NothingRuns',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

const AffectedRelease = z.object({
  namespace: DnsLabel.meta({ description: 'Namespace of the release.' }),
  name: DnsSubdomain.meta({ description: 'Name of the release.' }),
  digest: Digest.meta({
    description: 'Digest that is revoked: the one that runs, else the one that wants to.',
  }),
  state: z.enum(REVOCATION_STATES).meta({ description: 'How far it is.' }),
  since: Timestamp.meta({ description: 'Since when it is in this state.' }),
});
export type AffectedRelease = z.infer<typeof AffectedRelease>;

const RevocationCondition = z.object({
  type: z.enum(['Ready', 'Complete']).meta({ description: 'Condition.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Its state.' }),
  observedGeneration: z.int().min(0).meta({ description: 'Generation that it speaks of.' }),
  lastTransitionTime: Timestamp.meta({ description: 'When the state last changed.' }),
  reason: conditionReason<RevocationReason>().meta({ description: 'Why, for machines.' }),
  message: z.string().max(1024).meta({ description: 'Why, for people.' }),
});
export type RevocationCondition = z.infer<typeof RevocationCondition>;

export const RevocationStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .meta({ description: 'Generation of the spec that this status answers.' }),
    digests: z.array(Digest).max(MAX_REVOKED_DIGESTS).meta({
      description:
        'Digests that are revoked: those that the spec names, and those of releases that fall under the rest of it. Read by admission.',
      'x-kubernetes-list-type': 'set',
    }),
    affected: z.int().min(0).meta({ description: 'Releases that run one of them, ran it, or want to.' }),
    remaining: z.int().min(0).meta({ description: 'Of those, releases in which one of them still runs.' }),
    releases: z
      .array(AffectedRelease)
      .max(MAX_LISTED_RELEASES)
      .meta({
        description:
          'The first of them to be found. Once listed, a release stays listed until the spec changes.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['namespace', 'name'],
      }),
    conditions: z
      .array(RevocationCondition)
      .max(2)
      .meta({
        description:
          'Ready: everything that it is about is listed. Complete: nothing of it runs, or nothing is to be done about it.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
  })
  .meta({ description: 'What it affects, and how far that is.' });
export type RevocationStatus = z.infer<typeof RevocationStatus>;
