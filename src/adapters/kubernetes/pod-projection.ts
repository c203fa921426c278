import { z } from 'zod';
import { LABELS } from '../../api/artifact-release.ts';
import type { Digest } from '../../api/scalars.ts';
import type { ObjectMeta } from '../../controller/list-watcher.ts';
import { digestOfImageId } from '../../domain/digest.ts';
import type { RawObject } from './list-watcher.ts';

/** Selects the pods that the operator watches: those of canaries, never all pods of a cluster. */
export const CANARY_PODS = `${LABELS.track}=canary`;

export interface CachedPod {
  readonly metadata: ObjectMeta;
  /** Why it does not start, e.g. `ImagePullBackOff: not found`. */
  readonly trouble?: string;
  readonly crashLooping: boolean;
}

const ContainerStatus = z.object({
  name: z.string(),
  imageID: z.string().default(''),
  restartCount: z.int().default(0),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
    })
    .default({}),
});

const PodStatus = z.object({
  conditions: z
    .array(
      z.object({
        type: z.string(),
        status: z.string(),
        reason: z.string().default(''),
        message: z.string().default(''),
      }),
    )
    .default([]),
  containerStatuses: z.array(ContainerStatus).default([]),
  initContainerStatuses: z.array(ContainerStatus).default([]),
});

type PodStatus = z.infer<typeof PodStatus>;

export function projectPod(raw: RawObject): CachedPod {
  const { namespace = '', name, uid, resourceVersion } = raw.metadata;
  const status = PodStatus.parse(raw.status ?? {});
  const trouble = troubleOf(status);
  const crashLooping = containersOf(status).some((c) => c.restartCount >= CRASH_LOOP_RESTARTS);
  return {
    metadata: { namespace, name, uid, resourceVersion },
    crashLooping,
    ...(trouble !== undefined && { trouble }),
  };
}

/** Waiting reasons of a container on its way up. */
const NORMAL = new Set(['', 'ContainerCreating', 'PodInitializing']);

/** From here on a container is in a crash loop, also while it happens to be up between two crashes. */
const CRASH_LOOP_RESTARTS = 3;

const containersOf = ({ initContainerStatuses, containerStatuses }: PodStatus) => [
  ...initContainerStatuses,
  ...containerStatuses,
];

function troubleOf(status: PodStatus): string | undefined {
  const unschedulable = status.conditions.find((c) => c.reason === 'Unschedulable');
  if (unschedulable) return `Unschedulable: ${unschedulable.message}`.slice(0, 240);
  for (const { name, state, restartCount } of containersOf(status)) {
    const { reason = '', message = '' } = state.waiting ?? {};
    if (NORMAL.has(reason) && restartCount < CRASH_LOOP_RESTARTS) continue;
    if (NORMAL.has(reason)) return `container ${name} has restarted ${restartCount} times`;
    const restarts = restartCount > 0 ? `, ${restartCount} restarts` : '';
    return `container ${name}: ${reason}${restarts}${message ? `: ${message}` : ''}`.slice(0, 240);
  }
  return undefined;
}

/** The digests that a pod runs, by container; only what its kubelet has reported. */
export function digestsOfPod(status: unknown): ReadonlyMap<string, Digest> {
  const digests = containersOf(PodStatus.parse(status ?? {})).flatMap(({ name, imageID }) => {
    const digest = digestOfImageId(imageID);
    return digest ? [[name, digest] as const] : [];
  });
  return new Map(digests);
}
