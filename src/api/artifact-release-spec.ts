import { z } from 'zod';
import { Analysis } from './analysis-spec.ts';
import { Canary } from './canary-spec.ts';
import { Objective } from './objective-spec.ts';
import { Protection } from './protection-spec.ts';
import { cel, Digest, DnsLabel, DnsSubdomain, Duration, NO_TAG_OR_DIGEST, Repository } from './scalars.ts';
import { Verification } from './verification-spec.ts';

const Artifact = z
  .object({
    repository: Repository.meta({
      description:
        'Registry host and repository, without a tag or digest, e.g. registry.example.com/shop/checkout. Immutable: another repository is another release.',
      ...cel(
        { rule: 'self == oldSelf', message: 'repository is immutable; create another ArtifactRelease' },
        NO_TAG_OR_DIGEST,
      ),
    }),
    digest: Digest.meta({
      description:
        'The content digest to release (sha256 or sha512). It is the only identity of the artifact.',
    }),
    version: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .meta({ description: 'A name for people, e.g. 1.42.0. Never used to pull.' }),
    tag: z
      .string()
      .max(128)
      .regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/)
      .optional()
      .meta({
        description:
          'Tag that is watched: when it no longer points at the digest, an event says so. Never used to pull.',
      }),
    imagePullSecrets: z
      .array(z.object({ name: DnsSubdomain.meta({ description: 'Name of the Secret.' }) }))
      .max(8)
      .optional()
      .meta({
        description:
          'Secrets for reading the registry, before those of the ServiceAccount, as pods have them.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    serviceAccountName: DnsSubdomain.optional().meta({
      description: 'ServiceAccount whose imagePullSecrets are used too. Default: default.',
    }),
  })
  .meta({ description: 'What to run.' });

const Target = z.object({
  kind: z.literal('Deployment').meta({ description: 'Kind of the workload. Only Deployment is supported.' }),
  name: DnsSubdomain.meta({ description: 'Name of the workload, in the namespace of the release.' }),
  containers: z.array(DnsLabel).min(1).max(8).optional().meta({
    description:
      'Containers and init containers that run the artifact. Default: every container whose image is of spec.artifact.repository.',
    'x-kubernetes-list-type': 'set',
  }),
});

const Bake = z
  .object({
    duration: Duration.default('1h').meta({ description: 'Time under watch after promotion; 0s for none.' }),
  })
  .meta({ description: 'The watch after promotion, with roll-back.' });

export const Spec = z
  .object({
    artifact: Artifact,
    targets: z
      .array(Target)
      .min(1)
      .max(16)
      .meta({
        description: 'Workloads that run this digest, 1 to 16; one verdict for all.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['kind', 'name'],
      }),
    canary: Canary.prefault({}),
    objectives: z
      .array(Objective)
      .max(5)
      .optional()
      .meta({
        description:
          'Service level objectives that the candidate must keep. Without any, only the health of pods decides.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    analysis: Analysis.prefault({}),
    bake: Bake.prefault({}),
    verification: Verification.optional(),
    protection: Protection.prefault({}),
    fix: z.boolean().default(false).meta({
      description:
        'This release mends the service: it starts and goes on although the service burns its error budget.',
    }),
    suspend: z.boolean().default(false).meta({ description: 'Freeze: the operator touches no workload.' }),
  })
  .meta({ description: 'Desired release.' });

export type Spec = z.infer<typeof Spec>;
export type Target = Spec['targets'][number];
export type CanaryStep = Spec['canary']['steps'][number];
export type { Objective } from './objective-spec.ts';
export type PatchOperation = NonNullable<Spec['canary']['patches']>[number];
