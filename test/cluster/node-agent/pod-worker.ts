import { join } from 'node:path';
import type { ApiClient } from '../../../src/adapters/kubernetes/api-client.ts';
import { isConflict, isInvalid, isNotFound } from '../../../src/adapters/kubernetes/kube-api-error.ts';
import { resourcePath } from '../../../src/adapters/kubernetes/resource-path.ts';
import type { BackoffPolicy } from '../../../src/controller/backoff.ts';
import { sleep, timestamp } from '../time.ts';
import { ContainerRunner } from './container-runner.ts';
import type { PodAddresses } from './environment.ts';
import type { ImageStore } from './image-store.ts';
import type { Pod, PodCondition } from './pod.ts';
import { podStatus } from './pod-status.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const RETRY_MS = 500;
const FIELD_MANAGER = 'node-agent';

export interface PodWorkerOptions {
  readonly api: ApiClient;
  readonly images: ImageStore;
  readonly addresses: PodAddresses;
  /** Of the node; each pod has a folder of its own in it. */
  readonly directory: string;
  readonly backoff: BackoffPolicy;
}

/** One pod on this node, from the moment it is bound until its object is gone. */
export class PodWorker {
  readonly #options: PodWorkerOptions;
  readonly #initContainers: readonly ContainerRunner[];
  readonly #containers: readonly ContainerRunner[];
  readonly #lifetime = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #startTime = timestamp();
  readonly #running: Promise<void>;
  #pod: Pod;
  #conditions: readonly PodCondition[];
  #changed = false;
  #reporting: Promise<void> = Promise.resolve();
  #termination: Promise<void> | undefined;

  constructor(pod: Pod, options: PodWorkerOptions) {
    this.#options = options;
    this.#pod = pod;
    this.#conditions = pod.status?.conditions ?? [];
    const context = {
      ...options,
      directory: join(options.directory, pod.metadata.uid),
      onChange: () => this.#report(),
    };
    this.#initContainers = (pod.spec.initContainers ?? []).map((each) => new ContainerRunner(each, context));
    this.#containers = pod.spec.containers.map((each) => new ContainerRunner(each, context));
    this.#report();
    this.#running = this.#run();
  }

  get addresses(): PodAddresses {
    return this.#options.addresses;
  }

  /** Takes over what the API server says now; the first deletion timestamp starts the graceful termination. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) void this.#terminate(pod);
  }

  /** For a pod whose object is gone already, and for the end of the cluster. */
  async kill(): Promise<void> {
    this.#lifetime.abort();
    this.#abandoned.abort();
    await this.#stopContainers(0);
    await this.#running;
  }

  /** Init containers one after the other, each to completion; then the others side by side. */
  async #run(): Promise<void> {
    const { restartPolicy } = this.#pod.spec;
    const { signal } = this.#lifetime;
    for (const container of this.#initContainers) {
      const untilSuccess = restartPolicy === 'Never' ? 'Never' : 'OnFailure';
      if (!(await container.run(this.#pod, untilSuccess, signal))) return;
    }
    await Promise.all(this.#containers.map((container) => container.run(this.#pod, restartPolicy, signal)));
  }

  #terminate(pod: Pod): Promise<void> {
    this.#termination ??= (async () => {
      this.#lifetime.abort();
      await this.#stopContainers((pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000);
      await this.#running;
      await this.#reporting;
      await this.#confirmDeletion();
    })();
    return this.#termination;
  }

  async #stopContainers(gracePeriodMs: number): Promise<void> {
    const all = [...this.#initContainers, ...this.#containers];
    await Promise.all(all.map((container) => container.stop(gracePeriodMs)));
  }

  /** Reports are coalesced: while one is on its way, any number of changes make one more. */
  #report(): void {
    if (this.#changed) return;
    this.#changed = true;
    this.#reporting = this.#reporting.then(async () => {
      this.#changed = false;
      await this.#retryUntilGone(() => this.#patchStatus());
    });
  }

  async #patchStatus(): Promise<void> {
    const status = podStatus({
      pod: this.#pod,
      addresses: this.#options.addresses,
      startTime: this.#startTime,
      initContainers: this.#initContainers.map((container) => container.status),
      containers: this.#containers.map((container) => container.status),
      conditions: this.#conditions,
      now: timestamp(),
    });
    this.#conditions = status.conditions;
    // The uid keeps the report from a successor of the same name.
    const body = { metadata: { uid: this.#pod.metadata.uid }, status };
    await this.#options.api.mergePatch(this.#path('status'), body, { fieldManager: FIELD_MANAGER });
  }

  /** Tells the API server that nothing of the pod runs any more, as a kubelet does. */
  async #confirmDeletion(): Promise<void> {
    const { uid } = this.#pod.metadata;
    await this.#retryUntilGone(async () => {
      await this.#options.api.delete(this.#path(), { gracePeriodSeconds: 0, preconditions: { uid } });
    });
  }

  /** The API server may be away: what has to be said is said when it is back. */
  async #retryUntilGone(request: () => Promise<void>): Promise<void> {
    while (!this.#abandoned.signal.aborted) {
      try {
        return await request();
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) return;
        if (isInvalid(error)) throw error;
        await sleep(RETRY_MS, this.#abandoned.signal);
      }
    }
  }

  #path(subresource?: string): string {
    const { name, namespace } = this.#pod.metadata;
    return resourcePath(PODS, { namespace, name, ...(subresource !== undefined && { subresource }) });
  }
}
