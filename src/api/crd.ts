import { z } from 'zod';
import { GROUP, KIND, PLURAL, VERSION } from './artifact-release.ts';
import { Spec } from './artifact-release-spec.ts';
import { Status } from './artifact-release-status.ts';
import { toStructuralSchema } from './structural-schema.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Above 0: only with `kubectl get -o wide`. */
  readonly priority?: number;
}

const printerColumns: readonly PrinterColumn[] = [
  column('Phase', '.status.phase', 'Where the release is.'),
  column('Step', '.status.summary.step', 'Canary step of all steps.'),
  column('Weight', '.status.summary.weight', 'Share of the traffic that the candidate gets.'),
  column('Stable', '.status.summary.stable', 'Digest that a roll-back returns to, short.'),
  column('Candidate', '.status.summary.candidate', 'Digest under trial, or asked for and not stable, short.'),
  column('Burn', '.status.summary.burn', 'Highest error-budget burn rate among the objectives.'),
  {
    name: 'Age',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: 'Time since the release was created.',
  },
  {
    ...column('Version', '.status.summary.version', 'Version under trial, else of stable, else asked for.'),
    priority: 1,
  },
  { ...column('Message', '.status.message', 'What is awaited, and until when.'), priority: 1 },
];

export const artifactReleaseCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${PLURAL}.${GROUP}` },
  spec: {
    group: GROUP,
    names: {
      kind: KIND,
      listKind: `${KIND}List`,
      plural: PLURAL,
      singular: KIND.toLowerCase(),
      shortNames: ['ar'],
      categories: ['all'],
    },
    scope: 'Namespaced',
    versions: [
      {
        name: VERSION,
        served: true,
        storage: true,
        additionalPrinterColumns: printerColumns,
        // Answers "who releases this digest?" without a list of everything.
        selectableFields: [{ jsonPath: '.spec.artifact.digest' }],
        subresources: { status: {} },
        schema: { openAPIV3Schema: objectSchema() },
      },
    ],
  },
} as const;

function column(name: string, jsonPath: string, description: string): PrinterColumn {
  return { name, type: 'string', jsonPath, description };
}

function objectSchema() {
  const Release = z.object({ spec: Spec, status: Status.optional() });
  const { properties, ...schema } = toStructuralSchema(Release, '');
  return {
    description: 'ArtifactRelease releases a content digest to workloads: canary, promotion and roll-back.',
    ...schema,
    properties: {
      apiVersion: { type: 'string', description: 'Versioned schema of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      ...properties,
    },
  };
}
