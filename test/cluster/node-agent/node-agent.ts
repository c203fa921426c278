// A kubelet's contract with the API server, kept with local processes: each pod that is bound to the node runs on
// a loopback address of its own, from an image that was really pulled.
//
// Left out: volumes, liveness and startup probes, resources, isolation of any kind. Containers of a pod share its
// address, and see the machine's files.

import type { ApiClient } from '../../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../../src/adapters/kubernetes/resource-path.ts';
import type { BackoffPolicy } from '../../../src/controller/backoff.ts';
import { Collection } from '../collection.ts';
import type { Site } from '../site.ts';
import { ImageStore } from './image-store.ts';
import { registerNode } from './node-registration.ts';
import type { Pod } from './pod.ts';
import { PodWorker } from './pod-worker.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };

/** Host 1 of the node's network is the node itself. */
const FIRST_POD_HOST = 2;
const LAST_POD_HOST = 254;

/** A kubelet's delays are ten times as long; tests want to see several rounds. */
const TENTH_OF_KUBELET: BackoffPolicy = { baseMs: 1_000, maxMs: 30_000 };

export interface NodeAgentOptions {
  readonly api: ApiClient;
  readonly site: Site;
  /** From 1: which of the site's networks the node and its pods have. */
  readonly number: number;
  readonly backoff?: BackoffPolicy;
}

export class NodeAgent {
  readonly name: string;
  readonly #options: NodeAgentOptions;
  readonly #images: ImageStore;
  readonly #workers = new Map<string, PodWorker>();
  readonly #lifetime = new AbortController();
  #lastHost = FIRST_POD_HOST - 1;

  constructor(options: NodeAgentOptions) {
    this.name = `node-${options.number}`;
    this.#options = options;
    this.#images = new ImageStore(options.site.path(this.name));
  }

  async start(): Promise<void> {
    const { api, site, number } = this.#options;
    const address = site.nodeAddress(number, 1);
    const maxPods = LAST_POD_HOST - FIRST_POD_HOST + 1;
    await registerNode(api, { name: this.name, address, maxPods }, this.#lifetime.signal);
    const pods = new Collection<Pod>(api, resourcePath(PODS), {
      fieldSelector: `spec.nodeName=${this.name}`,
    });
    void pods.follow(this.#lifetime.signal, () => this.#sync(pods.objects));
  }

  /** Every image is pulled again when a pod needs it next. */
  emptyImageStore(): void {
    this.#images.empty();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.kill()));
  }

  /** Level-triggered: whatever was missed, the workers follow from the pods that there are. */
  #sync(pods: ReadonlyMap<string, Pod>): void {
    for (const [uid, worker] of this.#workers) {
      if (!pods.has(uid)) this.#forget(uid, worker);
    }
    for (const [uid, pod] of pods) {
      const worker = this.#workers.get(uid) ?? this.#startWorker(pod);
      this.#workers.set(uid, worker);
      worker.update(pod);
    }
  }

  /** Without its object a pod has no right to run on; its address is free once it is gone. */
  #forget(uid: string, worker: PodWorker): void {
    void worker.kill().then(() => this.#workers.delete(uid));
  }

  #startWorker(pod: Pod): PodWorker {
    const { api, site, number, backoff = TENTH_OF_KUBELET } = this.#options;
    return new PodWorker(pod, {
      api,
      images: this.#images,
      addresses: { podIP: this.#freeAddress(), hostIP: site.nodeAddress(number, 1) },
      directory: site.path(this.name, 'pods'),
      backoff,
    });
  }

  /** Goes round, so that an address rests before its next pod: nobody takes one pod's answer for another's. */
  #freeAddress(): string {
    const { site, number } = this.#options;
    const used = new Set([...this.#workers.values()].map((worker) => worker.addresses.podIP));
    for (let tries = FIRST_POD_HOST; tries <= LAST_POD_HOST; tries += 1) {
      this.#lastHost = this.#lastHost === LAST_POD_HOST ? FIRST_POD_HOST : this.#lastHost + 1;
      const address = site.nodeAddress(number, this.#lastHost);
      if (!used.has(address)) return address;
    }
    throw new Error(`${this.name}: the scheduler has bound more pods than the node has addresses`);
  }
}
