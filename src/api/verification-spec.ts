import { z } from 'zod';
import { Attestation } from './attestation-spec.ts';
import { Authority } from './authority-spec.ts';
import { cel, DnsLabel, Duration } from './scalars.ts';

/** What has to be proven; the same words in a release and in a policy. */
export const requirementFields = {
  mode: z.enum(['enforce', 'warn']).default('enforce').meta({
    description: 'warn reports what is not proven and lets the release go on; enforce holds it.',
  }),
  signatureFormat: z.enum(['auto', 'bundle', 'legacy']).default('auto').meta({
    description:
      'bundle takes Sigstore bundles only, legacy only what cosign 1 and 2 wrote (.sig and .att tags); auto takes both.',
  }),
  authorities: z
    .array(Authority)
    .min(1)
    .max(16)
    .meta({
      description: 'Who may sign. A signature by one of them counts, an attestation never does.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  minAuthorities: z.int().min(0).max(16).default(1).meta({
    description:
      'Number of different authorities that must have signed, each by a signer of its own. 0: attestations alone decide.',
  }),
  requiredAuthorities: z.array(DnsLabel).max(16).optional().meta({
    description: 'Authorities whose signature is required whatever minAuthorities says.',
    'x-kubernetes-list-type': 'set',
  }),
  attestations: z
    .array(Attestation)
    .max(16)
    .optional()
    .meta({
      description: 'Signed statements about the digest that must exist and pass.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
};

/** Mistakes that would ask for less than they seem to, or for what nobody can give. */
export const requirementRules = cel(
  {
    rule: 'self.minAuthorities <= size(self.authorities)',
    message: 'minAuthorities is larger than the number of authorities',
  },
  {
    rule: 'self.minAuthorities > 0 || (has(self.attestations) && size(self.attestations) > 0) || (has(self.requiredAuthorities) && size(self.requiredAuthorities) > 0)',
    message: 'asks for nothing: minAuthorities is 0 and there are no attestations',
  },
  {
    rule: '!has(self.requiredAuthorities) || self.requiredAuthorities.all(n, self.authorities.exists(a, a.name == n))',
    message: 'requiredAuthorities names an authority that is not in authorities',
  },
  {
    rule: '!has(self.attestations) || self.attestations.all(t, !has(t.authorities) || t.authorities.all(n, self.authorities.exists(a, a.name == n)))',
    message: 'an attestation names an authority that is not in authorities',
  },
);

/** The same mistakes, for whoever parses without an API server before it. */
export function emptyRequirement(spec: Requirements): string | undefined {
  const names = new Set(spec.authorities.map(({ name }) => name));
  const attestations = spec.attestations ?? [];
  const named = [
    ...(spec.requiredAuthorities ?? []),
    ...attestations.flatMap(({ authorities, vulnerabilities }) => [
      ...(authorities ?? []),
      ...(vulnerabilities?.vexAuthorities ?? []),
    ]),
  ];
  const missing = named.find((name) => !names.has(name));
  if (missing !== undefined) return `names the authority ${missing}, which is not in authorities`;
  if (spec.minAuthorities > names.size) return 'minAuthorities is larger than the number of authorities';
  const asks =
    spec.minAuthorities > 0 || attestations.length > 0 || (spec.requiredAuthorities ?? []).length > 0;
  return asks ? undefined : 'asks for nothing: minAuthorities is 0 and there are no attestations';
}

export const Requirements = z.object(requirementFields);
export type Requirements = z.infer<typeof Requirements>;

export const Verification = z
  .object({
    ...requirementFields,
    reverifyInterval: Duration.default('1h').meta({
      description: 'Time between two verifications of a digest that runs, at least 1m.',
      ...cel({ rule: "duration(self) >= duration('1m')", message: 'reverifyInterval must be at least 1m' }),
    }),
  })
  .superRefine((spec, context) => {
    const problem = emptyRequirement(spec);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({
    description:
      'What must be proven about the digest before it runs. It adds to the ArtifactPolicies that select the namespace and cannot weaken them.',
    ...requirementRules,
  });
export type Verification = z.infer<typeof Verification>;
