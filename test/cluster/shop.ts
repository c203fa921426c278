// The application of the demo and of the end-to-end tests: a web server, its Service, and its release.

import type { Query } from '../../src/adapters/kubernetes/http-transport.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS, RELEASES } from '../../src/adapters/kubernetes/resources.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { ClusterClient, WorkloadImage } from './cluster-client.ts';
import { waitFor } from './wait-for.ts';
import { createDeployment, createService, type DeploymentOptions } from './web-workload.ts';

export interface ShopOptions {
  readonly steps?: readonly object[];
  readonly bake?: string;
  readonly progressDeadline?: string;
  readonly replicas?: number;
  /** Of availability, in percent: the lower, the fewer requests a step needs. */
  readonly target?: string;
  readonly deployment?: DeploymentOptions;
  /** Fields of the spec in place of the shop's own; undefined leaves one out. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What a test reads of a release. */
export interface StoredShop {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: Status;
}

type Deployment = { spec: { template: { spec: { containers: { image: string }[] } } } };

const count = (selector: string): string =>
  `sum(increase(http_requests_total{namespace="$namespace",pod=~"$pods"${selector}}[$window]))`;

/** One workload under one release. */
export class Shop {
  readonly namespace: string;
  readonly name: string;
  readonly #cluster: ClusterClient;

  constructor(cluster: ClusterClient, namespace: string, name = 'checkout') {
    this.#cluster = cluster;
    this.namespace = namespace;
    this.name = name;
  }

  /** `image` is what the Deployment runs at first, by tag or by digest. */
  async open(image: string, adopted: WorkloadImage, options: ShopOptions = {}): Promise<void> {
    await this.deploy(image, options);
    await this.order(adopted, options);
  }

  /** The Deployment and its Service. */
  async deploy(image: string, { replicas = 3, deployment }: ShopOptions = {}): Promise<void> {
    await createDeployment(this.#cluster, this.namespace, this.name, image, { replicas, ...deployment });
    await createService(this.#cluster, this.namespace, this.name);
  }

  /** The release. */
  async order(adopted: WorkloadImage, options: ShopOptions = {}): Promise<void> {
    await this.#cluster.api.create(
      resourcePath(RELEASES, { namespace: this.namespace }),
      this.release(adopted, '1.0', options),
    );
  }

  /** What a team does to release: it names another digest. */
  async ship({ digest }: WorkloadImage, version: string): Promise<void> {
    await this.patch({ spec: { artifact: { digest, version } } });
  }

  /** What a person does to a running release. */
  async command(name: string, digest: string): Promise<void> {
    await this.patch({ metadata: { annotations: { [`artifactrelease.dev/${name}`]: digest } } });
  }

  /** A merge patch of the release; resolves to what it has made of it. */
  async patch(body: object, query: Query = {}): Promise<StoredShop> {
    return await this.#cluster.api.mergePatch<StoredShop>(this.#path(), body, {
      fieldManager: 'shop',
      query,
    });
  }

  /** Returns at once; the release is gone when the operator has let go of it. */
  async close(): Promise<void> {
    await this.#cluster.api.delete(this.#path());
  }

  async stored(): Promise<StoredShop> {
    return await this.#cluster.api.get<StoredShop>(this.#path());
  }

  async status(): Promise<Status | undefined> {
    return (await this.stored()).status;
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
    const path = resourcePath(DEPLOYMENTS, { namespace: this.namespace, name: this.name });
    const { spec } = await this.#cluster.api.get<Deployment>(path);
    return spec.template.spec.containers.map((container) => container.image);
  }

  /** The manifest that a team would keep in Git. */
  release(
    { repository, digest }: WorkloadImage,
    version: string,
    { steps, bake = '10s', progressDeadline = '20s', target = '99', spec }: ShopOptions = {},
  ) {
    return {
      apiVersion: 'artifactrelease.dev/v1alpha1',
      kind: 'ArtifactRelease',
      metadata: { name: this.name, namespace: this.namespace },
      spec: {
        artifact: { repository, digest, version },
        targets: [{ kind: 'Deployment', name: this.name }],
        canary: {
          steps: steps ?? [5, 25, 50].map((weight) => ({ weight, duration: '8s' })),
          progressDeadline,
        },
        objectives: [
          {
            name: 'availability',
            target,
            ratioMetric: { bad: { query: count(',code=~"5.."') }, total: { query: count('') } },
          },
        ],
        analysis: { interval: '2s', maxHold: '3m' },
        bake: { duration: bake },
        ...spec,
      },
    };
  }

  #path(): string {
    return resourcePath(RELEASES, { namespace: this.namespace, name: this.name });
  }
}
