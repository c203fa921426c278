import { z } from 'zod';
import { type ArtifactRelease, FIELD_MANAGER, FINALIZER, KIND } from '../../api/artifact-release.ts';
import type { Status } from '../../api/artifact-release-status.ts';
import { ConflictError } from '../../controller/errors.ts';
import type { Effect } from '../../domain/effect.ts';
import type { ClusterWriter, ReleaseIdentity } from '../../ports/cluster.ts';
import { EffectError } from '../../reconcile/effect-error.ts';
import type { ApiClient, JsonPatchOperation } from './api-client.ts';
import { canaryManifest } from './canary-manifest.ts';
import { isForbidden, isInvalid, isNotFound, KubeApiError } from './kube-api-error.ts';
import { quietly, replaceStatus } from './replace-status.ts';
import { resourcePath } from './resource-path.ts';
import { DEPLOYMENTS, RELEASES } from './resources.ts';

type Only<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

/** Writes what was decided. Every method is idempotent; none reads more than it needs to write. */
export class ReleaseWriter implements ClusterWriter {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  writeStatus(release: ReleaseIdentity, status: Status, signal: AbortSignal): Promise<string> {
    return replaceStatus(this.#client, RELEASES, KIND, release, status, signal);
  }

  async execute(release: ArtifactRelease, effect: Effect, signal: AbortSignal): Promise<void> {
    try {
      await quietly(this.#carryOut(release, effect, signal));
    } catch (error) {
      throw explain(error, effect);
    }
  }

  async removeFinalizer(release: ReleaseIdentity, signal: AbortSignal): Promise<void> {
    const kept = release.finalizers.filter((finalizer) => finalizer !== FINALIZER);
    await quietly(this.#patchFinalizers(release, kept, signal));
  }

  #carryOut(release: ArtifactRelease, effect: Effect, signal: AbortSignal): Promise<unknown> {
    switch (effect.kind) {
      case 'AddFinalizer':
        return this.#patchFinalizers(release.metadata, [...release.metadata.finalizers, FINALIZER], signal);
      case 'RemoveFinalizer':
        return this.removeFinalizer(release.metadata, signal);
      case 'RemoveAnnotations':
        return this.#removeAnnotations(release, effect.names, signal);
      case 'PinWorkload':
        return this.#pinWorkload(release, effect, signal);
      case 'ApplyCanary':
        return this.#applyCanary(release, effect, signal);
      case 'ScaleCanary':
        return this.#scaleCanary(release, effect, signal);
      case 'DeleteCanary':
        return this.#deleteCanary(release, effect, signal);
    }
    return effect satisfies never;
  }

  /** The list is replaced as a whole; the tests see to it that nobody else's finalizer is lost by that. */
  #patchFinalizers(
    release: ReleaseIdentity,
    wanted: readonly string[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const { uid, finalizers } = release;
    const before: JsonPatchOperation[] =
      finalizers.length > 0 ? [{ op: 'test', path: '/metadata/finalizers', value: finalizers }] : [];
    return this.#patchRelease(
      release,
      [
        { op: 'test', path: '/metadata/uid', value: uid },
        ...before,
        { op: 'add', path: '/metadata/finalizers', value: wanted },
      ],
      signal,
    );
  }

  /** Only as long as the value is the one that was acted upon: a newer command stays. */
  #removeAnnotations(
    release: ArtifactRelease,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const operations = names.flatMap((name): JsonPatchOperation[] => {
      const path = `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [
        { op: 'test', path, value: release.metadata.annotations[name] },
        { op: 'remove', path },
      ];
    });
    return this.#patchRelease(release.metadata, operations, signal);
  }

  async #patchRelease(
    { namespace, name }: ReleaseIdentity,
    operations: JsonPatchOperation[],
    signal: AbortSignal,
  ): Promise<unknown> {
    try {
      const query = { fieldManager: FIELD_MANAGER };
      return await this.#client.jsonPatch(resourcePath(RELEASES, { namespace, name }), operations, {
        query,
        signal,
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (isInvalid(error)) throw new ConflictError(`${name} has changed`, { cause: error });
      throw error;
    }
  }

  /** Owns the images and nothing else. The version makes sure that no container is created by mistake. */
  async #pinWorkload(
    release: ArtifactRelease,
    effect: Only<'PinWorkload'>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { namespace } = release.metadata;
    const { name, resourceVersion, images } = effect;
    const pick = (init: boolean) =>
      images.filter((i) => i.init === init).map(({ container, image }) => ({ name: container, image }));
    const [containers, initContainers] = [pick(false), pick(true)];
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, resourceVersion },
      spec: {
        template: {
          spec: {
            ...(containers.length > 0 && { containers }),
            ...(initContainers.length > 0 && { initContainers }),
          },
        },
      },
    };
    const answer = await this.#apply(namespace, name, body, { force: true, signal });
    if (!carries(answer, images))
      throw new ConflictError(`admission still has the pins of before for ${name}`);
    return answer;
  }

  async #applyCanary(
    release: ArtifactRelease,
    effect: Only<'ApplyCanary'>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { namespace } = release.metadata;
    const stable = await this.#client.get(resourcePath(DEPLOYMENTS, { namespace, name: effect.target }), {
      signal,
    });
    // By force only over what is ours: what somebody else has put on its name in the meantime is a conflict.
    const force = effect.uid !== undefined;
    return this.#apply(namespace, effect.name, canaryManifest(release, stable, effect), { force, signal });
  }

  #apply(
    namespace: string,
    name: string,
    body: object,
    options: { force: boolean; signal: AbortSignal },
  ): Promise<unknown> {
    const path = resourcePath(DEPLOYMENTS, { namespace, name });
    return this.#client.apply(path, body, { fieldManager: FIELD_MANAGER, ...options });
  }

  #scaleCanary(release: ArtifactRelease, effect: Only<'ScaleCanary'>, signal: AbortSignal): Promise<unknown> {
    const path = resourcePath(DEPLOYMENTS, { namespace: release.metadata.namespace, name: effect.name });
    const body = { metadata: { uid: effect.uid }, spec: { replicas: effect.replicas } };
    return this.#client.mergePatch(path, body, { fieldManager: FIELD_MANAGER, signal });
  }

  async #deleteCanary(
    release: ArtifactRelease,
    effect: Only<'DeleteCanary'>,
    signal: AbortSignal,
  ): Promise<void> {
    const path = resourcePath(DEPLOYMENTS, { namespace: release.metadata.namespace, name: effect.name });
    try {
      await this.#client.delete(path, {
        propagationPolicy: 'Background',
        preconditions: { uid: effect.uid },
        signal,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

const Pinned = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ name: z.string(), image: z.string() })),
        initContainers: z.array(z.object({ name: z.string(), image: z.string() })).default([]),
      }),
    }),
  }),
});

/** The policy that pins reads its parameters from a cache, which may be a moment behind the status just written. */
function carries(answer: unknown, images: Only<'PinWorkload'>['images']): boolean {
  const { containers, initContainers } = Pinned.parse(answer).spec.template.spec;
  const found = [...containers, ...initContainers];
  return images.every(({ container, image }) => found.some((c) => c.name === container && c.image === image));
}

/** What the API server refuses is shown on the release itself; anything else is a fault of the moment. */
function explain(error: unknown, effect: Effect): unknown {
  if (!(error instanceof KubeApiError) || !(isForbidden(error) || isInvalid(error) || isNotFound(error)))
    return error;
  const name = 'name' in effect ? ` ${effect.name}` : '';
  return new EffectError('WriteFailed', `${effect.kind}${name} is refused: ${error.message}`, {
    cause: error,
  });
}
