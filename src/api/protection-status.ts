import { z } from 'zod';
import { ConditionReason, type Reason } from './conditions.ts';
import { PROTECTION_MODES } from './protection-spec.ts';
import { Digest, Person, Timestamp, Version } from './scalars.ts';

export const KEPT_ROLES = ['Candidate', 'Stable', 'Leaving', 'Rollback'] as const;
export type KeptRole = (typeof KEPT_ROLES)[number];

/** Restored ones that a release keeps at once. */
export const MAX_RESTORED = 3;
/** Candidate, stable, what is being left, 10 earlier ones, and what was restored. */
export const MAX_KEPT = 13 + MAX_RESTORED;
export const MAX_ARCHIVED = 10;

export const ArchivedDigest = z.object({
  digest: Digest.meta({ description: 'Digest that was copied.' }),
  version: Version.optional().meta({ description: 'Its name for people.' }),
  repository: z.string().max(255).meta({ description: 'Where it is now.' }),
  archivedAt: Timestamp.meta({ description: 'When the copy was verified there.' }),
});
export type ArchivedDigest = z.infer<typeof ArchivedDigest>;

/** What cannot be done with digests that are given up. */
export const UPKEEP_PROBLEMS = ['ArchiveFailed', 'ReleaseBlocked'] as const satisfies readonly Reason[];
export const MAX_UPKEEP_MESSAGE = 320;

export const UpkeepProblem = z.object({
  reason: ConditionReason.meta({
    description:
      'ArchiveFailed: they stay protected, for they cannot be copied to their archive. ReleaseBlocked: their tags stay, for it is not known what is needed.',
  }),
  message: z.string().max(MAX_UPKEEP_MESSAGE).meta({ description: 'Why, for people.' }),
});
export type UpkeepProblem = z.infer<typeof UpkeepProblem>;

export const RestoredDigest = z.object({
  digest: Digest.meta({ description: 'Digest that is brought back from its archive.' }),
  version: Version.optional().meta({ description: 'Its name for people.' }),
  by: Person.meta({ description: 'Who asked for it.' }),
  at: Timestamp.meta({ description: 'When. It is kept for a week, to be rolled back to.' }),
});
export type RestoredDigest = z.infer<typeof RestoredDigest>;

/** What is kept alive in the registry for this release. Nothing in it changes while nothing happens. */
export const ProtectionStatus = z
  .object({
    mode: z.enum(PROTECTION_MODES).meta({ description: 'Mode in force.' }),
    digests: z
      .array(
        z.object({
          digest: Digest.meta({ description: 'Digest that is kept, with everything that it needs.' }),
          role: z.enum(KEPT_ROLES).meta({ description: 'What it is to the release.' }),
          reason: ConditionReason.meta({ description: 'Protected, or why it is not.' }),
          members: z.int().min(0).optional().meta({
            description: 'Manifests that are kept for it: its own, its platforms, signatures, attestations.',
          }),
        }),
      )
      .max(MAX_KEPT)
      .meta({
        description: 'Digests that must not be collected.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['digest'],
      }),
    archived: z
      .array(ArchivedDigest)
      .max(MAX_ARCHIVED)
      .optional()
      .meta({
        description: 'The newest digests that were archived; all of them are in the archive repository.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['digest'],
      }),
    problems: z
      .array(UpkeepProblem)
      .max(UPKEEP_PROBLEMS.length)
      .optional()
      .meta({
        description:
          'What cannot be done with what is given up in this repository; nothing is lost meanwhile.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['reason'],
      }),
  })
  .meta({ description: 'What is kept alive in the registry for this release.' });
export type ProtectionStatus = z.infer<typeof ProtectionStatus>;
