import { z } from 'zod';
import {
  cel,
  Duration,
  longerThanZero,
  NO_TAG_OR_DIGEST,
  RegistryLocation,
  Repository,
  TimeWindow,
} from './scalars.ts';

export const PROTECTION_MODES = ['None', 'Report', 'Tags'] as const;
export type ProtectionMode = (typeof PROTECTION_MODES)[number];

const Mode = z.enum(PROTECTION_MODES);

/** What a release asks its registry's garbage collection to spare. */
export const Protection = z
  .object({
    mode: Mode.optional().meta({
      description:
        "Tags keeps what the release needs alive in the registry by tags of its own; Report only lists it, for the registry's own clean-up to read; None does nothing. Default: as the ArtifactRegistry of the host says, else None.",
    }),
    rollbackCandidates: z.int().min(0).max(10).default(3).meta({
      description: 'Number of earlier promoted digests that stay protected.',
    }),
    rollbackMaxAge: TimeWindow.optional().meta({
      description:
        'Age, counted from when it was replaced, above which an earlier digest is no longer protected, e.g. 90d. Default: no limit.',
    }),
    requireBeforeRollout: z.boolean().default(true).meta({
      description:
        'No pod of the candidate starts before the candidate, and the digest that a roll-back returns to, are protected.',
    }),
    releaseGracePeriod: Duration.default('1h').meta({
      description: 'Time that a digest stays protected after nothing refers to it any more.',
    }),
    deletionPolicy: z.enum(['Release', 'Orphan']).default('Release').meta({
      description:
        'What becomes of the protection when the release is deleted: Release gives it up after the grace period, Orphan leaves the tags.',
    }),
    artifactTypes: z.array(z.string().min(1).max(255)).max(32).optional().meta({
      description:
        'Artifact types of the referrers that are kept, e.g. application/vnd.dev.sigstore.bundle.v0.3+json. Default: every referrer.',
      'x-kubernetes-list-type': 'set',
    }),
    archive: z
      .object({
        repository: Repository.meta({
          description:
            'Repository that they are copied to. It needs credentials that may push, and spec.protection.archives of the ArtifactRegistry of this release has to allow it.',
          ...cel(NO_TAG_OR_DIGEST),
        }),
      })
      .optional()
      .meta({
        description:
          'Where promoted digests are copied to, with their signatures, before their protection is given up; the annotation artifactrelease.dev/restore brings one back.',
      }),
  })
  .meta({ description: 'Protection from the garbage collection of the registry.' });
export type Protection = z.infer<typeof Protection>;

export const REGISTRY_ADAPTERS = [
  'Auto',
  'Distribution',
  'ECR',
  'GoogleArtifactRegistry',
  'ACR',
  'GHCR',
  'Harbor',
  'GitLab',
  'Zot',
  'Quay',
  'DockerHub',
] as const;
export type RegistryAdapter = (typeof REGISTRY_ADAPTERS)[number];

/** How a keep tag is given up: deleted, or made to point at a manifest that holds nothing. */
export const RELEASE_STRATEGIES = ['DeleteTag', 'Tombstone'] as const;
export type ReleaseStrategy = (typeof RELEASE_STRATEGIES)[number];

/** How what is in one registry is protected; the platform's part of it. */
export const RegistryProtection = z
  .object({
    adapter: z.enum(REGISTRY_ADAPTERS).default('Auto').meta({
      description:
        'What kind of registry it is. Auto recognizes hosted ones by their host; all others are taken for Distribution.',
    }),
    mode: Mode.optional().meta({ description: 'For releases that do not say spec.protection.mode.' }),
    release: z
      .enum(['Auto', ...RELEASE_STRATEGIES])
      .default('Auto')
      .meta({
        description:
          'How a keep tag is given up. Auto tries what the kind of registry offers; Tombstone needs no right to delete; DeleteTag is as Auto where deleting a tag would delete the image.',
      }),
    confirmAfter: Duration.default('60s').meta({
      description:
        'A tag that is put while a collection runs may be lost, so it counts only once it is read back after this time.',
    }),
    resyncInterval: Duration.default('10m').meta({
      description: 'Time between two looks at the list of tags.',
      ...longerThanZero('resyncInterval'),
    }),
    rescanInterval: Duration.default('1h').meta({
      description: 'Time between two looks for signatures and attestations that were attached since.',
      ...longerThanZero('rescanInterval'),
    }),
    scrub: z
      .object({
        interval: Duration.default('24h').meta({
          description: 'Time within which everything protected is read and hashed once; 0s for never.',
        }),
        mebibytesPerHour: z.int().min(1).max(1_048_576).default(2048).meta({
          description:
            'The most that is read for it from one repository in an hour, in MiB; a blob that is larger is read once as much has accrued.',
        }),
      })
      .prefault({})
      .meta({ description: 'Checks that the bytes are still what their digests say.' }),
    maxReleasesPerSweep: z.int().min(1).max(10_000).default(50).meta({
      description: 'The most keep tags that are given up at one look at a repository.',
    }),
    archives: z.array(RegistryLocation).max(16).optional().meta({
      description:
        'Where releases of this registry may archive: repositories, and what lies below them, e.g. archive.example.com/models. Default: nowhere, for the credentials of the platform are used for it.',
      'x-kubernetes-list-type': 'set',
    }),
    vault: z
      .string()
      .max(128)
      .regex(/^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/)
      .optional()
      .meta({
        description:
          'Path in the same registry below which a second copy of everything protected is kept, e.g. vault; it takes no space where layers are shared, and repairs what was deleted.',
      }),
  })
  .meta({ description: 'How what releases need is protected from the garbage collection of this registry.' });
export type RegistryProtection = z.infer<typeof RegistryProtection>;
