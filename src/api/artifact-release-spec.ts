import { z } from 'zod';
import { Canary } from './canary-spec.ts';
import { Protection } from './protection-spec.ts';
import {
  cel,
  Decimal,
  Digest,
  DnsLabel,
  DnsSubdomain,
  Duration,
  longerThanZero,
  NO_TAG_OR_DIGEST,
  Repository,
  TimeWindow,
} from './scalars.ts';
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

const Query = z.object({
  query: z.string().min(1).max(2048).meta({
    description:
      'PromQL that yields one number, a count over $window. Variables: $namespace $workload $track $pods $service $digest $window.',
  }),
});

const Objective = z.object({
  name: DnsLabel.meta({ description: 'Name, unique in the release; used in events, metrics and status.' }),
  target: Decimal.meta({
    description: 'Share of good requests in percent, as text, e.g. "99.9". Above 0 and below 100.',
    ...cel({
      rule: 'double(self) > 0.0 && double(self) < 100.0',
      message: 'target must be above 0 and below 100: at 100 there is no error budget to spend',
    }),
  }),
  timeWindow: TimeWindow.default('30d').meta({
    description: 'Rolling window of the error budget, e.g. 30d.',
  }),
  ratioMetric: z
    .object({
      bad: Query.meta({ description: 'Count of bad requests. Empty beside a positive total means zero.' }),
      total: Query.meta({ description: 'Count of all requests.' }),
    })
    .meta({ description: 'Counts rather than a ratio: counts carry the sample size.' }),
});

const Analysis = z
  .object({
    source: DnsLabel.default('default').meta({
      description: 'Name of a Prometheus in the configuration of the operator.',
    }),
    interval: Duration.default('30s').meta({
      description: 'Time between two evaluations, at least 1s.',
      ...cel({ rule: "duration(self) >= duration('1s')", message: 'interval must be at least 1s' }),
    }),
    confidence: Decimal.default('0.99').meta({
      description:
        'A good release is rolled back with probability at most 1 - confidence. From 0.5 to below 1.',
      ...cel({
        rule: 'double(self) >= 0.5 && double(self) < 1.0',
        message: 'confidence must be at least 0.5 and below 1',
      }),
    }),
    maxBurnRate: Decimal.default('1').meta({
      description:
        'Burn of the error budget that is still acceptable; 1 spends the budget in exactly its window.',
      ...cel({ rule: 'double(self) > 0.0', message: 'maxBurnRate must be above 0' }),
    }),
    maxHold: Duration.default('30m').meta({
      description: 'Longest wait for data that decides; then onHoldExpired.',
      ...longerThanZero('maxHold'),
    }),
    onHoldExpired: z
      .enum(['Pause', 'Rollback'])
      .default('Pause')
      .meta({ description: 'What ends a hold that lasted maxHold: Pause waits for a person.' }),
    budgetLimit: Decimal.default('2').meta({
      description: 'Part of the error budget of the window, in percent, that one release may spend.',
      ...cel({
        rule: 'double(self) > 0.0 && double(self) <= 100.0',
        message: 'budgetLimit must be above 0, up to 100',
      }),
    }),
  })
  .meta({ description: 'How the objectives are judged.' });

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
    suspend: z.boolean().default(false).meta({ description: 'Freeze: the operator touches no workload.' }),
  })
  .meta({ description: 'Desired release.' });

export type Spec = z.infer<typeof Spec>;
export type Target = Spec['targets'][number];
export type CanaryStep = Spec['canary']['steps'][number];
export type Objective = NonNullable<Spec['objectives']>[number];
export type PatchOperation = NonNullable<Spec['canary']['patches']>[number];
