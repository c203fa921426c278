import { z } from 'zod';
import { ArtifactPolicySpec } from './artifact-policy.ts';
import { REGISTRY_KIND, REGISTRY_PLURAL, RegistrySpec } from './artifact-registry.ts';
import { GROUP, KIND, PLURAL, VERSION } from './artifact-release.ts';
import { Spec } from './artifact-release-spec.ts';
import { Status } from './artifact-release-status.ts';
import { ArtifactRevocationSpec } from './artifact-revocation.ts';
import { RevocationStatus } from './revocation-status.ts';
import { toStructuralSchema } from './structural-schema.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0: only with `kubectl get -o wide`. */
  readonly priority?: number;
}

const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};

const releaseColumns: readonly PrinterColumn[] = [
  column('Phase', '.status.phase', 'Where the release is.'),
  column('Step', '.status.summary.step', 'Canary step of all steps.'),
  column('Weight', '.status.summary.weight', 'Share of the traffic that the candidate gets.'),
  column('Stable', '.status.summary.stable', 'Digest that a roll-back returns to, short.'),
  column('Candidate', '.status.summary.candidate', 'Digest under trial, or asked for and not stable, short.'),
  column('Burn', '.status.summary.burn', 'Highest error-budget burn rate among the objectives.'),
  AGE,
  {
    ...column('Version', '.status.summary.version', 'Version under trial, else of stable, else asked for.'),
    priority: 1,
  },
  { ...column('Message', '.status.message', 'What is awaited, and until when.'), priority: 1 },
];

const registryColumns: readonly PrinterColumn[] = [
  column('Host', '.spec.host', 'Registry that it is about.'),
  { ...column('Mirrors', '.spec.mirrors[*].location', 'Where else its content is read.'), priority: 1 },
  AGE,
];

export const artifactReleaseCrd = defineKind({
  names: { kind: KIND, plural: PLURAL, shortNames: ['ar'], categories: ['all'] },
  scope: 'Namespaced',
  description: 'ArtifactRelease releases a content digest to workloads: canary, promotion and roll-back.',
  schema: z.object({ spec: Spec, status: Status.optional() }),
  additionalPrinterColumns: releaseColumns,
  // Answers "who releases this digest?" without a list of everything.
  selectableFields: [{ jsonPath: '.spec.artifact.digest' }],
});

export const artifactRegistryCrd = defineKind({
  names: { kind: REGISTRY_KIND, plural: REGISTRY_PLURAL, shortNames: ['areg'], categories: [] },
  scope: 'Cluster',
  description: 'ArtifactRegistry says how to reach a registry: certificates, mirrors and credentials.',
  schema: z.object({ spec: RegistrySpec }),
  additionalPrinterColumns: registryColumns,
  selectableFields: [{ jsonPath: '.spec.host' }],
});

export const artifactPolicyCrd = defineKind({
  names: { kind: 'ArtifactPolicy', plural: 'artifactpolicies', shortNames: ['apol'], categories: [] },
  scope: 'Cluster',
  description: 'ArtifactPolicy says what every release in the selected namespaces must prove before it runs.',
  schema: z.object({ spec: ArtifactPolicySpec }),
  additionalPrinterColumns: [
    column('Mode', '.spec.mode', 'Whether what is not proven holds the release.'),
    AGE,
  ],
  selectableFields: [],
});

export const artifactRevocationCrd = defineKind({
  names: { kind: 'ArtifactRevocation', plural: 'artifactrevocations', shortNames: ['arev'], categories: [] },
  scope: 'Cluster',
  description: 'ArtifactRevocation names what must not run: digests, signers or where they come from.',
  schema: z.object({ spec: ArtifactRevocationSpec, status: RevocationStatus.optional() }),
  additionalPrinterColumns: [
    column('Action', '.spec.action', 'What happens to releases that run it.'),
    {
      ...column('Affected', '.status.affected', 'Releases that run it, ran it, or want to.'),
      type: 'integer',
    },
    {
      ...column('Remaining', '.status.remaining', 'Of those, releases in which it still runs.'),
      type: 'integer',
    },
    column('Progress', '.status.conditions[?(@.type=="Complete")].reason', 'What is left to do.'),
    column('Reason', '.spec.reason', 'Why it is revoked.'),
    AGE,
  ],
  selectableFields: [],
});

/** Everything in crds/. */
export const CUSTOM_RESOURCE_DEFINITIONS = [
  artifactReleaseCrd,
  artifactPolicyCrd,
  artifactRevocationCrd,
  artifactRegistryCrd,
];

interface KindDefinition {
  readonly names: {
    readonly kind: string;
    readonly plural: string;
    readonly shortNames: readonly string[];
    readonly categories: readonly string[];
  };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly description: string;
  readonly schema: z.ZodObject;
  readonly additionalPrinterColumns: readonly PrinterColumn[];
  readonly selectableFields: readonly { readonly jsonPath: string }[];
}

/** A kind whose status, where it has one, is a subresource. */
function defineKind({ description, names, schema, scope, ...version }: KindDefinition) {
  const { kind, plural, shortNames, categories } = names;
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories },
      scope,
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          ...version,
          ...('status' in schema.shape && { subresources: { status: {} } }),
          schema: { openAPIV3Schema: objectSchema(schema, description) },
        },
      ],
    },
  } as const;
}

function column(name: string, jsonPath: string, description: string): PrinterColumn {
  return { name, type: 'string', jsonPath, description };
}

function objectSchema(object: z.ZodObject, description: string) {
  const { properties, ...schema } = toStructuralSchema(object, '');
  return {
    description,
    ...schema,
    properties: {
      apiVersion: { type: 'string', description: 'Versioned schema of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}
