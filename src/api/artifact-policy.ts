import { z } from 'zod';
import { LabelSelector } from './label-selector.ts';
import { emptyRequirement, requirementFields, requirementRules } from './verification-spec.ts';

export const ArtifactPolicySpec = z
  .object({
    namespaceSelector: LabelSelector.prefault({}).meta({
      description: 'Namespaces whose releases must comply. Default: all.',
    }),
    repositories: z.array(z.string().min(1).max(255)).min(1).max(64).default(['**']).meta({
      description:
        'Repositories that are meant: * stands for anything but a slash, ** for anything, e.g. registry.example.com/shop/**.',
      'x-kubernetes-list-type': 'set',
    }),
    ...requirementFields,
  })
  .superRefine((spec, context) => {
    const problem = emptyRequirement(spec);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'What every release in the selected namespaces must prove.', ...requirementRules });

/** Cluster-scoped. Several that select the same release must all be satisfied. */
export const ArtifactPolicy = z.object({
  metadata: z.object({ name: z.string(), uid: z.string(), generation: z.int() }),
  spec: ArtifactPolicySpec,
});
export type ArtifactPolicy = z.infer<typeof ArtifactPolicy>;
