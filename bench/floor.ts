// What the cluster itself takes for the same rollouts: the Deployments changed by a script that decides nothing.

import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../src/adapters/kubernetes/resource-path.ts';
import { DEPLOYMENTS } from '../src/adapters/kubernetes/resources.ts';
import { startCluster } from '../test/cluster/cluster.ts';
import { Collection } from '../test/cluster/collection.ts';
import type { OnProgress } from '../test/cluster/progress.ts';
import { createDeployment } from '../test/cluster/web-workload.ts';
import { quantile, round } from './statistics.ts';

const NAMESPACE = 'fleet';
const STEP_MS = 10_000;
const TIMEOUT_MS = 300_000;
const IMAGES = ['a', 'b'].map((digit) => `registry.example.com/fleet/app@sha256:${digit.repeat(64)}`);

interface Deployment {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly name: string;
    readonly generation: number;
  };
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** As `promotion`, without an operator: canary, 10 s, 10 s, scaled, 10 s, new image, canary deleted. */
export async function floor(releases: number, progress: OnProgress): Promise<object> {
  const cluster = await startCluster({ nodes: 0, kwokNodes: 4 }, progress);
  await using parts = new AsyncDisposableStack();
  parts.defer(() => cluster.stop());
  const { client } = cluster;
  const rollouts = new Rollouts(client.api);
  parts.defer(() => rollouts.stop());
  const names = Array.from({ length: releases }, (_, index) => `app-${index}`);
  const deploy = (name: string, image: string | undefined, replicas: number) =>
    createDeployment(client, NAMESPACE, name, image ?? '', { replicas, onKwok: true });
  progress(`starting ${releases} Deployments`);
  await client.createNamespace(NAMESPACE);
  for (const name of names) await deploy(name, IMAGES[0], 2);
  await Promise.all(names.map((name) => rollouts.finished(name)));

  progress('releasing');
  const seconds = await Promise.all(
    names.map(async (name) => {
      const startedAt = Date.now();
      const canary = `${name}-canary`;
      await deploy(canary, IMAGES[1], 1);
      await rollouts.finished(canary);
      await delay(2 * STEP_MS);
      await rollouts.change(canary, '/spec/replicas', 2);
      await rollouts.finished(canary);
      await delay(STEP_MS);
      await rollouts.change(name, '/spec/template/spec/containers/0/image', IMAGES[1]);
      await rollouts.finished(name);
      const seconds = (Date.now() - startedAt) / 1000;
      await client.api.delete(resourcePath(DEPLOYMENTS, { namespace: NAMESPACE, name: canary }));
      return seconds;
    }),
  );
  return { releases, p50_s: round(quantile(seconds, 0.5)), p99_s: round(quantile(seconds, 0.99)) };
}

class Rollouts {
  readonly #api: ApiClient;
  readonly #deployments: Collection<Deployment>;
  readonly #changed = new EventTarget();
  readonly #following = new AbortController();
  /** The newest generation that was asked for, by name: the watch may still show an older one as finished. */
  readonly #asked = new Map<string, number>();
  readonly #followed: Promise<void>;

  constructor(api: ApiClient) {
    this.#api = api;
    this.#deployments = new Collection(api, resourcePath(DEPLOYMENTS, { namespace: NAMESPACE }));
    this.#followed = this.#deployments.follow(this.#following.signal, () =>
      this.#changed.dispatchEvent(new Event('change')),
    );
  }

  async change(name: string, field: string, value: unknown): Promise<void> {
    const path = resourcePath(DEPLOYMENTS, { namespace: NAMESPACE, name });
    const { metadata } = await this.#api.jsonPatch<Deployment>(path, [{ op: 'replace', path: field, value }]);
    this.#asked.set(name, metadata.generation);
  }

  async finished(name: string): Promise<void> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    while (!this.#isFinished(name)) {
      signal.throwIfAborted();
      await new Promise((resolve) => this.#changed.addEventListener('change', resolve, { once: true }));
    }
  }

  async stop(): Promise<void> {
    this.#following.abort();
    await this.#followed;
  }

  #isFinished(name: string): boolean {
    const found = [...this.#deployments.objects.values()].find(({ metadata }) => metadata.name === name);
    const { observedGeneration = 0, replicas, updatedReplicas, availableReplicas } = found?.status ?? {};
    if (!found || observedGeneration < Math.max(found.metadata.generation, this.#asked.get(name) ?? 1))
      return false;
    return [replicas, updatedReplicas, availableReplicas].every((count) => count === found.spec.replicas);
  }
}
