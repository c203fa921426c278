import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type Resource, resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS, RELEASES } from '../../src/adapters/kubernetes/resources.ts';
import type { ClusterClient } from '../cluster/cluster-client.ts';

const SYNC_INTERVAL_MS = 1_000;
const RESOURCES: Readonly<Record<string, Resource>> = { Deployment: DEPLOYMENTS, ArtifactRelease: RELEASES };

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** How a tool writes what Git says. */
export type Apply = (cluster: ClusterClient, manifests: readonly Manifest[]) => Promise<unknown>;

/** What Flux does, and Argo CD with ServerSideApply=true. */
export const forcedServerSideApply: Apply = ({ api }, manifests) =>
  Promise.all(
    manifests.map((manifest) => {
      const resource = RESOURCES[manifest.kind];
      if (!resource) throw new Error(`Git has no ${manifest.kind} in these tests`);
      return api.apply(resourcePath(resource, manifest.metadata), manifest, {
        fieldManager: 'gitops',
        force: true,
      });
    }),
  );

/**
 * What Argo CD does by default: kubectl's three-way merge with the annotation last-applied-configuration. Without
 * validation, for which kubectl would fetch all schemas anew each time.
 */
export const clientSideApply: Apply = (cluster, manifests) =>
  cluster.kubectl(
    ['apply', '--validate=false', '-f', '-'],
    manifests.map((manifest) => stringify(manifest)).join('---\n'),
  );

/** A GitOps tool that heals itself: it applies all of Git once a second, whatever anybody else has written. */
export class GitOpsController {
  readonly failures: unknown[] = [];
  readonly #cluster: ClusterClient;
  readonly #apply: Apply;
  readonly #end = new AbortController();
  #manifests: readonly Manifest[] = [];
  #running: Promise<void> | undefined;
  #syncs = 0;

  constructor(cluster: ClusterClient, apply: Apply) {
    this.#cluster = cluster;
    this.#apply = apply;
  }

  get syncs(): number {
    return this.#syncs;
  }

  /** Git says this from now on. Resolves once it has been applied twice, so that the second time changes nothing. */
  async commit(manifests: readonly Manifest[]): Promise<void> {
    this.#manifests = manifests;
    this.#running ??= this.#run();
    const enough = this.#syncs + 3;
    while (this.#syncs < enough) await delay(SYNC_INTERVAL_MS / 4);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      const next = delay(SYNC_INTERVAL_MS, undefined, { signal: this.#end.signal }).catch(() => undefined);
      await this.#apply(this.#cluster, this.#manifests).catch((error: unknown) => this.failures.push(error));
      this.#syncs += 1;
      await next;
    }
  }
}
