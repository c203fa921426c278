import { z } from 'zod';
import { Spec } from './artifact-release-spec.ts';
import { Status } from './artifact-release-status.ts';

export const GROUP = 'artifactrelease.dev';
export const VERSION = 'v1alpha1';
export const KIND = 'ArtifactRelease';
export const PLURAL = 'artifactreleases';

/** Field manager of everything that the operator writes. */
export const FIELD_MANAGER = 'artifactrelease';
export const FINALIZER = `${GROUP}/finalizer`;

export const LABELS = {
  track: `${GROUP}/track`,
  digest: `${GROUP}/digest`,
} as const;

export const ANNOTATIONS = {
  /** On a canary and its pods: name of the release. An annotation, because names outgrow label values. */
  release: `${GROUP}/release`,
  /** On a canary: hash of the template of stable that it was made from. */
  template: `${GROUP}/template`,
  /** On a release, stamped by admission: the user behind the newest command annotation. */
  requestedBy: `${GROUP}/requested-by`,
} as const;

/** Commands are annotations whose value is the digest that is meant, so that a late one cannot hit the next release. */
export const COMMANDS = ['approve', 'abort', 'retry', 'promote', 'rollback-to', 'restore'] as const;
export type Command = (typeof COMMANDS)[number];
export const commandAnnotation = (command: Command): string => `${GROUP}/${command}`;

/** The part of a stored object that the operator reads. Unknown fields are dropped at the door. */
export const ArtifactRelease = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.int(),
    creationTimestamp: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
    finalizers: z.array(z.string()).default([]),
    commandManager: z.string().optional(),
  }),
  spec: Spec,
  status: Status.optional(),
});
export type ArtifactRelease = z.infer<typeof ArtifactRelease>;
export type ReleaseMetadata = ArtifactRelease['metadata'];
