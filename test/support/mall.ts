import { randomBytes } from 'node:crypto';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../../src/adapters/kubernetes/resources.ts';
import type { ClusterClient, WorkloadImage } from '../cluster/cluster-client.ts';
import type { Behaviour } from '../cluster/images/workload-image.ts';
import { installOperator, OperatorProcess } from '../cluster/operator.ts';
import { Shop, type ShopOptions } from '../cluster/shop.ts';
import { admitRegistry } from '../cluster/signer.ts';
import { cosignPublicKey } from './cosign-fixture.ts';

const ADOPTION_TIMEOUT_MS = 120_000;

export interface OpenedShop {
  readonly shop: Shop;
  /** What the Deployment runs, written there as `tag`. */
  readonly good: WorkloadImage;
  readonly tag: string;
  /** Another good one, not yet shipped. */
  readonly next: WorkloadImage;
  readonly push: (behaviour: Behaviour) => Promise<WorkloadImage>;
}

interface ReleaseEvent {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string };
  readonly series?: { readonly count: number };
}

/**
 * Shops side by side, each in a namespace of its own, under one operator: one for each of them would cost more than
 * the tests. None has traffic, nor an objective unless its spec names one: pods alone decide.
 */
export class Mall {
  readonly cluster: ClusterClient;
  readonly operator: OperatorProcess;
  readonly #namespaces: readonly string[];
  readonly #vacant: string[];

  private constructor(cluster: ClusterClient, operator: OperatorProcess, namespaces: readonly string[]) {
    this.cluster = cluster;
    this.operator = operator;
    this.#namespaces = namespaces;
    this.#vacant = [...namespaces];
  }

  /** Has room for that many shops. */
  static async open(cluster: ClusterClient, rooms: number): Promise<Mall> {
    await installOperator(cluster);
    await admitRegistry(cluster);
    const namespaces = Array.from({ length: rooms }, () => `test-${randomBytes(4).toString('hex')}`);
    await Promise.all(namespaces.map((namespace) => cluster.createNamespace(namespace)));
    return new Mall(cluster, await OperatorProcess.start(cluster, { namespaces }), namespaces);
  }

  /** A shop with images, but without a Deployment and without a release. */
  async emptyShop(): Promise<OpenedShop> {
    const namespace = this.#vacant.pop();
    if (namespace === undefined) throw new Error('the mall has no more rooms');
    const push = (behaviour: Behaviour, tags: readonly string[] = []) =>
      this.cluster.pushWorkload(`${namespace}/checkout`, behaviour, tags);
    const good = await push({ mode: 'good', version: '1.0' }, ['1.0']);
    const next = await push({ mode: 'good', version: '2.0' });
    const shop = new Shop(this.cluster, namespace);
    return { shop, good, tag: `${good.repository}:1.0`, next, push };
  }

  /** A shop whose release has adopted what runs. */
  async openShop({ spec, ...options }: ShopOptions = {}): Promise<OpenedShop> {
    const opened = await this.emptyShop();
    const { shop, good, tag } = opened;
    await shop.open(tag, good, {
      replicas: 2,
      progressDeadline: '90s',
      ...options,
      spec: { objectives: undefined, ...spec },
    });
    await shop.until('adoption', ADOPTION_TIMEOUT_MS, ({ phase }) => phase === 'Healthy');
    return opened;
  }

  async deployments({ namespace }: Shop): Promise<readonly string[]> {
    const { items } = await this.cluster.api.list<{ metadata: { name: string } }>(
      resourcePath(DEPLOYMENTS, { namespace }),
    );
    return items.map(({ metadata }) => metadata.name).sort();
  }

  /** Events about the release, in no order. */
  async events({ namespace }: Shop): Promise<readonly ReleaseEvent[]> {
    const { items } = await this.cluster.api.list<ReleaseEvent>(
      resourcePath({ group: 'events.k8s.io', version: 'v1', resource: 'events' }, { namespace }),
    );
    return items.filter(({ regarding }) => regarding.kind === 'ArtifactRelease');
  }

  /** A test may have deleted its namespace already. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#namespaces.map((namespace) => this.cluster.deleteNamespace(namespace)));
    await this.operator[Symbol.asyncDispose]();
  }
}

/** A demand that is never met, for nobody signs the images of a mall: what asks for it is Blocked. */
export const UNSIGNED = { authorities: [{ name: 'release', key: { data: cosignPublicKey('p-256') } }] };

/** A demand of which it is never known whether it is met: what asks for it stays Verifying. */
export const UNKNOWABLE = { authorities: [{ name: 'release', key: { data: 'nobody understands this' } }] };

/** The number, whatever is scraped; it names the pods as a query of the candidate's own has to. */
const always = (number: number): string => `vector(${number}) or on() up{pod=~"$pods"}`;

/** An objective that no traffic is needed for: so many requests of a thousand are bad, whenever one asks. */
const constant = (name: string, bad: number) => ({
  name,
  target: '99',
  ratioMetric: { bad: { query: always(bad) }, total: { query: always(1000) } },
});

/** Nothing violates it. */
export const CALM = constant('calm', 0);

/** It has spent its error budget twice, at a speed that pages nobody. */
export const SPENT = constant('spent', 20);
