// The application of the demo and of the end-to-end tests: a web server, its Service, and its release.

import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { RELEASES } from '../../src/adapters/kubernetes/resources.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { ClusterClient, WorkloadImage } from './cluster-client.ts';
import { waitFor } from './wait-for.ts';
import { createDeployment, createService } from './web-workload.ts';

export interface ShopOptions {
  readonly steps?: readonly object[];
  readonly bake?: string;
  readonly progressDeadline?: string;
  readonly replicas?: number;
}

const count = (selector: string): string =>
  `sum(increase(http_requests_total{namespace="$namespace",pod=~"$pods"${selector}}[$window]))`;

/** One workload under one release. */
export class Shop {
  readonly #cluster: ClusterClient;
  readonly #namespace: string;
  readonly #name: string;

  constructor(cluster: ClusterClient, namespace: string, name = 'checkout') {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#name = name;
  }

  /** `image` is what the Deployment runs at first, by tag or by digest. */
  async open(image: string, adopted: WorkloadImage, options: ShopOptions = {}): Promise<void> {
    const { replicas = 3 } = options;
    await createDeployment(this.#cluster, this.#namespace, this.#name, image, { replicas });
    await createService(this.#cluster, this.#namespace, this.#name);
    await this.#cluster.api.create(
      resourcePath(RELEASES, { namespace: this.#namespace }),
      this.#release(adopted, options),
    );
  }

  /** What a team does to release: it names another digest. */
  async ship({ digest }: WorkloadImage, version: string): Promise<void> {
    await this.#patch({ spec: { artifact: { digest, version } } });
  }

  /** What a person does to a running release. */
  async command(name: string, digest: string): Promise<void> {
    await this.#patch({ metadata: { annotations: { [`artifactrelease.dev/${name}`]: digest } } });
  }

  async status(): Promise<Status | undefined> {
    const { status } = await this.#cluster.api.get<{ status?: Status }>(this.#path());
    return status;
  }

  /** Resolves to the first status seen that satisfies `isDone`. */
  async until(description: string, timeoutMs: number, isDone: (status: Status) => boolean): Promise<Status> {
    const seen = await waitFor(
      description,
      timeoutMs,
      () => this.status(),
      (status) => !!status && isDone(status),
    );
    if (!seen) throw new Error(`${description}: no status`);
    return seen;
  }

  /** Images of the pod template. */
  async images(): Promise<string[]> {
    const path = resourcePath(
      { group: 'apps', version: 'v1', resource: 'deployments' },
      { namespace: this.#namespace, name: this.#name },
    );
    type Deployment = { spec: { template: { spec: { containers: { image: string }[] } } } };
    const { spec } = await this.#cluster.api.get<Deployment>(path);
    return spec.template.spec.containers.map((container) => container.image);
  }

  async #patch(body: object): Promise<void> {
    await this.#cluster.api.mergePatch(this.#path(), body, { fieldManager: 'shop' });
  }

  #path(): string {
    return resourcePath(RELEASES, { namespace: this.#namespace, name: this.#name });
  }

  #release(
    { repository, digest }: WorkloadImage,
    { steps, bake = '10s', progressDeadline = '20s' }: ShopOptions,
  ): object {
    return {
      apiVersion: 'artifactrelease.dev/v1alpha1',
      kind: 'ArtifactRelease',
      metadata: { name: this.#name },
      spec: {
        artifact: { repository, digest, version: '1.0' },
        targets: [{ kind: 'Deployment', name: this.#name }],
        canary: {
          steps: steps ?? [5, 25, 50].map((weight) => ({ weight, duration: '8s' })),
          progressDeadline,
        },
        objectives: [
          {
            name: 'availability',
            target: '99',
            ratioMetric: { bad: { query: count(',code=~"5.."') }, total: { query: count('') } },
          },
        ],
        analysis: { interval: '2s', maxHold: '3m' },
        bake: { duration: bake },
      },
    };
  }
}
