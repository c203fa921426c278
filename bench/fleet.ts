// A hundred or so workloads under a release each, on nodes that only pretend to run them.

import { resourcePath } from '../src/adapters/kubernetes/resource-path.ts';
import { RELEASES } from '../src/adapters/kubernetes/resources.ts';
import type { Status } from '../src/api/artifact-release-status.ts';
import { type Cluster, startCluster } from '../test/cluster/cluster.ts';
import { Collection } from '../test/cluster/collection.ts';
import { installOperator, OperatorProcess } from '../test/cluster/operator.ts';
import type { OnProgress } from '../test/cluster/progress.ts';
import { createDeployment } from '../test/cluster/web-workload.ts';
import { FleetTraffic } from './traffic.ts';

export const NAMESPACE = 'fleet';
/** Nobody pulls it: the nodes only pretend. */
const IMAGINARY = {
  repository: 'registry.example.com/fleet/app',
  before: `sha256:${'a'.repeat(64)}`,
  after: `sha256:${'b'.repeat(64)}`,
};
const TIMEOUT_MS = 300_000;
/** Of the host that the parts of the cluster share. */
const HOST = '127.0.0.1';

export interface FleetRelease {
  readonly metadata: { readonly uid: string; readonly name: string; readonly resourceVersion: string };
  readonly status?: Status;
}

export interface FleetArtifact {
  readonly repository: string;
  /** Digest that runs at first. */
  readonly before: string;
  /** Digest that is released. */
  readonly after: string;
}

export interface FleetOptions {
  readonly releases: number;
  readonly steps: readonly { readonly weight: number; readonly duration: string }[];
  readonly interval: string;
  /** Whether requests are to be counted, which costs the API server a line each. Default: true. */
  readonly audit?: boolean;
  /** Called before anything is adopted. */
  readonly prepare?: (cluster: Cluster) => Promise<FleetArtifact>;
  /** Fields of the spec in place of the fleet's own; undefined leaves one out. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export class Fleet {
  readonly cluster: Cluster;
  readonly operator: OperatorProcess;
  readonly traffic: FleetTraffic;
  readonly artifact: FleetArtifact;
  readonly #names: readonly string[];
  readonly #changed = new EventTarget();
  readonly #releases: Collection<FleetRelease>;

  private constructor(
    cluster: Cluster,
    operator: OperatorProcess,
    traffic: FleetTraffic,
    artifact: FleetArtifact,
    names: readonly string[],
  ) {
    this.cluster = cluster;
    this.operator = operator;
    this.traffic = traffic;
    this.artifact = artifact;
    this.#names = names;
    this.#releases = new Collection(cluster.client.api, resourcePath(RELEASES, { namespace: NAMESPACE }));
  }

  /** Calls `measure` with a fleet at rest: everything is adopted and stands. */
  static async run<T>(
    options: FleetOptions,
    progress: OnProgress,
    measure: (fleet: Fleet) => Promise<T>,
  ): Promise<T> {
    await using parts = new AsyncDisposableStack();
    const cluster = await startCluster({ nodes: 0, kwokNodes: 4, audit: options.audit ?? true }, progress);
    parts.defer(() => cluster.stop());
    const names = Array.from({ length: options.releases }, (_, index) => `app-${index}`);
    const traffic = parts.use(new FleetTraffic(NAMESPACE, names));
    await cluster.prometheus.setStaticTargets([await traffic.listen(HOST)]);
    await installOperator(cluster.client);
    const operator = parts.use(await OperatorProcess.start(cluster.client));
    await cluster.client.createNamespace(NAMESPACE);
    const artifact = (await options.prepare?.(cluster)) ?? IMAGINARY;
    const fleet = new Fleet(cluster, operator, traffic, artifact, names);
    const following = new AbortController();
    const followed = fleet.#releases.follow(following.signal, () =>
      fleet.#changed.dispatchEvent(new Event('change')),
    );
    parts.defer(async () => {
      following.abort();
      await followed;
    });
    progress(`adopting ${options.releases} Deployments`);
    await fleet.#adopt(options);
    return await measure(fleet);
  }

  /** Names the new digest in every release; all at once, or one every `apartMs`. */
  async release(apartMs = 0): Promise<void> {
    const { api } = this.cluster.client;
    const patch = (name: string) =>
      api.mergePatch(
        resourcePath(RELEASES, { namespace: NAMESPACE, name }),
        { spec: { artifact: { digest: this.artifact.after } } },
        { fieldManager: 'bench' },
      );
    await Promise.all(
      this.#names.map(async (name, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * apartMs));
        await patch(name);
      }),
    );
  }

  /** Resolves once `isDone` holds for every release, to the time (ms since 1970) at which each first did. */
  async whenAll(what: string, isDone: (status: Status) => boolean): Promise<readonly number[]> {
    const doneAt = new Map<string, number>();
    const look = (): boolean => {
      for (const { metadata, status } of this.#releases.objects.values()) {
        if (status && !doneAt.has(metadata.uid) && isDone(status)) doneAt.set(metadata.uid, Date.now());
      }
      return doneAt.size === this.#names.length;
    };
    await this.#until(what, look, () => `${doneAt.size} of ${this.#names.length}`);
    return [...doneAt.values()];
  }

  #until(what: string, isDone: () => boolean, progress: () => string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (): void => {
      if (isDone()) resolve();
    };
    const timer = setTimeout(
      () => reject(new Error(`${what}: ${progress()} after ${TIMEOUT_MS / 1000} s`)),
      TIMEOUT_MS,
    );
    this.#changed.addEventListener('change', check);
    check();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#changed.removeEventListener('change', check);
    });
  }

  async #adopt(options: FleetOptions): Promise<void> {
    const { client } = this.cluster;
    const { repository, before } = this.artifact;
    for (const name of this.#names) {
      await createDeployment(client, NAMESPACE, name, `${repository}@${before}`, {
        replicas: 2,
        onKwok: true,
      });
      await client.api.create(
        resourcePath(RELEASES, { namespace: NAMESPACE }),
        manifest(name, this.artifact, options),
      );
    }
    await this.whenAll('adopted', ({ phase, conditions }) => phase === 'Healthy' && isAvailable(conditions));
  }
}

const isAvailable = (conditions: Status['conditions']): boolean =>
  conditions.some(({ type, status }) => type === 'Healthy' && status === 'True');

function manifest(
  name: string,
  { repository, before }: FleetArtifact,
  { steps, interval, spec }: FleetOptions,
): object {
  const count = (selector: string): string =>
    `sum(increase(http_requests_total{namespace="$namespace",pod=~"$pods"${selector}}[$window]))`;
  return {
    apiVersion: 'artifactrelease.dev/v1alpha1',
    kind: 'ArtifactRelease',
    metadata: { name },
    spec: {
      artifact: { repository, digest: before },
      targets: [{ kind: 'Deployment', name }],
      canary: { steps },
      objectives: [
        {
          name: 'availability',
          target: '99',
          ratioMetric: { bad: { query: count(',code=~"5.."') }, total: { query: count('') } },
        },
      ],
      analysis: { interval },
      bake: { duration: '0s' },
      ...spec,
    },
  };
}
