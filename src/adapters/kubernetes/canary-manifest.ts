import { apply_patch } from 'jsonpatch';
import { z } from 'zod';
import {
  ANNOTATIONS,
  type ArtifactRelease,
  GROUP,
  KIND,
  LABELS,
  VERSION,
} from '../../api/artifact-release.ts';
import { digestLabel } from '../../domain/digest.ts';
import type { Effect } from '../../domain/effect.ts';
import { EffectError } from '../../reconcile/effect-error.ts';

type ApplyCanary = Extract<Effect, { kind: 'ApplyCanary' }>;

const Labels = z.record(z.string(), z.string()).default({});
const Metadata = z.looseObject({ labels: Labels, annotations: Labels });
const Containers = z.array(z.looseObject({ name: z.string(), image: z.string().optional() }));
const PodTemplate = z.looseObject({
  metadata: Metadata.prefault({}),
  spec: z.looseObject({ containers: Containers, initContainers: Containers.optional() }),
});
type PodTemplate = z.infer<typeof PodTemplate>;

const StableDeployment = z.object({
  metadata: z.object({ labels: Labels }),
  spec: z.looseObject({
    selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }),
    template: PodTemplate,
  }),
});

/** Marks by which GitOps tools and Helm claim objects; with them a canary would be pruned or reported as drift. */
const TRACKING_LABELS = [
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/instance',
  'argocd.argoproj.io/instance',
  'kustomize.toolkit.fluxcd.io/name',
  'kustomize.toolkit.fluxcd.io/namespace',
  'helm.toolkit.fluxcd.io/name',
  'helm.toolkit.fluxcd.io/namespace',
  'helm.sh/chart',
];

/**
 * The canary Deployment: the pod template of stable, patched, at the candidate's digest. Its pods keep the labels
 * that the Service selects. Fields that are not copied (strategy, history limit) have no meaning for a canary.
 */
export function canaryManifest(release: ArtifactRelease, stable: unknown, effect: ApplyCanary): object {
  const { metadata, spec } = StableDeployment.parse(stable);
  const marks = { [LABELS.track]: 'canary', [LABELS.digest]: digestLabel(effect.digest) };
  const owner = { [ANNOTATIONS.release]: release.metadata.name };
  const template = marked(withImages(patched(release, spec.template), effect), marks, owner);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: effect.name,
      namespace: release.metadata.namespace,
      ...(effect.uid !== undefined && { uid: effect.uid }),
      labels: { ...withoutTracking(metadata.labels), ...marks },
      annotations: { ...owner, [ANNOTATIONS.template]: effect.revision },
      ownerReferences: [
        {
          apiVersion: `${GROUP}/${VERSION}`,
          kind: KIND,
          name: release.metadata.name,
          uid: release.metadata.uid,
          controller: true,
        },
      ],
    },
    spec: {
      replicas: effect.replicas,
      revisionHistoryLimit: 0,
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [LABELS.track]: 'canary' },
      },
      template,
    },
  };
}

const withoutTracking = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !TRACKING_LABELS.includes(key)));

function patched(release: ArtifactRelease, template: PodTemplate): PodTemplate {
  const { patches } = release.spec.canary;
  if (!patches?.length) return template;
  try {
    return PodTemplate.parse(apply_patch(template, patches));
  } catch (error) {
    const why = error instanceof z.ZodError ? 'the result is not a pod template' : String(error);
    const message = `spec.canary.patches does not apply to the pod template of stable: ${why}`;
    throw new EffectError('CanaryPatchFailed', message, { cause: error });
  }
}

/** Last of all: whatever a patch did, the containers of the artifact run the digest that is on trial. */
function withImages(template: PodTemplate, { images }: ApplyCanary): PodTemplate {
  const pin = (containers: PodTemplate['spec']['containers']) =>
    containers.map((container) => {
      const image = images.find((pinned) => pinned.container === container.name)?.image;
      return image === undefined ? container : { ...container, image };
    });
  const { containers, initContainers } = template.spec;
  return {
    ...template,
    spec: {
      ...template.spec,
      containers: pin(containers),
      ...(initContainers && { initContainers: pin(initContainers) }),
    },
  };
}

const marked = (
  template: PodTemplate,
  labels: Record<string, string>,
  annotations: Record<string, string>,
) => ({
  ...template,
  metadata: {
    ...template.metadata,
    labels: { ...template.metadata.labels, ...labels },
    annotations: { ...template.metadata.annotations, ...annotations },
  },
});
