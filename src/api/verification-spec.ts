import { z } from 'zod';
import { Attestation } from './attestation-spec.ts';
import { Authority } from './authority-spec.ts';
import { cel, DnsLabel, DnsSubdomain, Duration, NO_TAG_OR_DIGEST, Repository } from './scalars.ts';

const PromotedIn = z.object({
  namespace: DnsLabel.meta({ description: 'Namespace of the other release.' }),
  name: DnsSubdomain.optional().meta({
    description: 'Name of the other release. Default: the name of this one.',
  }),
  for: Duration.default('0s').meta({
    description: 'How long it must have run there as stable, e.g. 24h.',
  }),
});

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
    .max(16)
    .default([])
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
  source: z
    .array(
      z.object({
        oci: Repository.meta({ description: 'Registry host and repository.', ...cel(NO_TAG_OR_DIGEST) }),
      }),
    )
    .max(4)
    .optional()
    .meta({
      description: 'Where else signatures and attestations are, besides the repository of the artifact.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['oci'],
    }),
  platforms: z
    .array(
      z
        .string()
        .max(64)
        .regex(/^[a-z0-9]+\/[a-z0-9]+$/),
    )
    .max(8)
    .optional()
    .meta({
      description:
        'Platforms of an index whose own attestations count as well, e.g. linux/amd64: scanners often attach there. A signature must be on the digest itself.',
      'x-kubernetes-list-type': 'set',
    }),
  promotedIn: z.array(PromotedIn).max(4).optional().meta({
    description:
      'Releases that must have promoted this very digest before: build once, promote through environments.',
    'x-kubernetes-list-type': 'atomic',
  }),
  refuseOn: z
    .array(z.enum(['NotReproducible', 'TagMoved', 'SignerChanged']))
    .max(3)
    .optional()
    .meta({
      description: 'Signals that refuse the digest instead of only being reported.',
      'x-kubernetes-list-type': 'set',
    }),
};

/** Mistakes that would ask for less than they seem to, or for what nobody can give. */
export const requirementRules = cel(
  {
    rule: 'self.minAuthorities <= size(self.authorities)',
    message: 'minAuthorities is larger than the number of authorities; 0 asks for no signature',
  },
  {
    rule: 'self.minAuthorities > 0 || (has(self.attestations) && size(self.attestations) > 0) || (has(self.requiredAuthorities) && size(self.requiredAuthorities) > 0) || (has(self.promotedIn) && size(self.promotedIn) > 0)',
    message: 'asks for nothing: minAuthorities is 0, and there are neither attestations nor promotedIn',
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
  if (spec.minAuthorities > names.size)
    return 'minAuthorities is larger than the number of authorities; 0 asks for no signature';
  const asks =
    spec.minAuthorities > 0 ||
    attestations.length > 0 ||
    (spec.requiredAuthorities ?? []).length > 0 ||
    (spec.promotedIn ?? []).length > 0;
  return asks
    ? undefined
    : 'asks for nothing: minAuthorities is 0, and there are neither attestations nor promotedIn';
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
