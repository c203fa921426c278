import { z } from 'zod';
import { ANNOTATIONS } from '../../api/artifact-release.ts';
import type { ObjectMeta } from '../../controller/list-watcher.ts';
import { type Container, shortHash, type Workload } from '../../domain/workload.ts';
import type { RawObject } from './list-watcher.ts';

export interface CachedWorkload {
  readonly metadata: ObjectMeta;
  readonly workload: Workload;
  /** Name of the release that this canary was made for. */
  readonly release?: string;
}

const RawContainer = z.looseObject({ name: z.string(), image: z.string().default('') });

const RawPodTemplate = z.looseObject({
  spec: z.looseObject({
    containers: z.array(RawContainer),
    initContainers: z.array(RawContainer).optional(),
  }),
});

const Selector = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});

const RawDeployment = z.object({
  metadata: z.object({
    generation: z.int().default(0),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z
      .array(z.object({ uid: z.string(), controller: z.boolean().default(false) }))
      .default([]),
  }),
  spec: z.object({
    replicas: z.int().default(1),
    paused: z.boolean().default(false),
    selector: Selector,
    template: RawPodTemplate,
  }),
  status: z
    .object({
      observedGeneration: z.int().default(0),
      replicas: z.int().default(0),
      updatedReplicas: z.int().default(0),
      availableReplicas: z.int().default(0),
    })
    .prefault({}),
});

/** Keeps the fields of a Deployment that decisions read: a tenth of its size. */
export function projectWorkload(raw: RawObject): CachedWorkload {
  const { namespace = '', name, uid, resourceVersion } = raw.metadata;
  const { metadata, spec, status } = RawDeployment.parse(raw);
  const madeFrom = metadata.annotations[ANNOTATIONS.template];
  const release = metadata.annotations[ANNOTATIONS.release];
  const ownerUid = metadata.ownerReferences.find((owner) => owner.controller)?.uid;
  const workload: Workload = {
    name,
    namespace,
    uid,
    resourceVersion,
    generation: metadata.generation,
    observedGeneration: status.observedGeneration,
    replicas: spec.replicas,
    currentReplicas: status.replicas,
    updatedReplicas: status.updatedReplicas,
    availableReplicas: status.availableReplicas,
    paused: spec.paused,
    containers: containersOf(spec.template),
    templateHash: hashTemplate(spec.template),
    selector: selectorText(spec.selector),
    ...(madeFrom !== undefined && { madeFrom }),
    ...(ownerUid !== undefined && { ownerUid }),
  };
  return {
    metadata: { namespace, name, uid, resourceVersion },
    workload,
    ...(release !== undefined && { release }),
  };
}

function containersOf({ spec }: z.infer<typeof RawPodTemplate>): Container[] {
  const pick = (init: boolean) => (c: z.infer<typeof RawContainer>) => ({
    name: c.name,
    image: c.image,
    init,
  });
  return [...spec.containers.map(pick(false)), ...(spec.initContainers ?? []).map(pick(true))];
}

function hashTemplate(template: z.infer<typeof RawPodTemplate>): string {
  const imageless = (containers: readonly z.infer<typeof RawContainer>[] = []) =>
    containers.map((container) => ({ ...container, image: '' }));
  const { spec } = template;
  const text = JSON.stringify({
    ...template,
    spec: { ...spec, containers: imageless(spec.containers), initContainers: imageless(spec.initContainers) },
  });
  return shortHash(text);
}

const OPERATORS: Record<string, (key: string, values: readonly string[]) => string> = {
  In: (key, values) => `${key} in (${values.join(',')})`,
  NotIn: (key, values) => `${key} notin (${values.join(',')})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

function selectorText({ matchLabels, matchExpressions }: z.infer<typeof Selector>): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(
    ({ key, operator, values }) => OPERATORS[operator]?.(key, values) ?? key,
  );
  return [...labels, ...expressions].join(',');
}
