import { Agent } from 'undici';
import type { ApiClient } from '../../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../../src/adapters/kubernetes/resource-path.ts';
import { Collection } from '../collection.ts';
import { sleep } from '../time.ts';
import { type BackendPod, backendsOf, endpointsOf, type HttpRoute, type Service } from './backends.ts';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

const TICK_MS = 20;
const REQUEST_TIMEOUT_MS = 5_000;
/** A laptop's worth. Above it the load would measure the machine. */
const MAX_REQUESTS_PER_SECOND = 1_000;
const MAX_IN_FLIGHT = 500;

export interface LoadOptions {
  readonly namespace: string;
  readonly service: string;
  readonly requestsPerSecond: number;
  /** The load ends by itself. */
  readonly durationMs: number;
  readonly path?: string;
  /** `host:port` that takes all requests, where the addresses of pods cannot be reached from here. */
  readonly address?: string;
}

export interface LoadCounts {
  /** Answers by status code. */
  readonly answers: ReadonlyMap<number, number>;
  /** Answers by the pod that gave them. */
  readonly pods: ReadonlyMap<string, number>;
  /** Requests that got no answer: refused, reset or too slow. */
  readonly failed: number;
  /** Requests that were not sent, because no pod was ready or too many were under way. */
  readonly unsent: number;
}

/** Requests to a Service at a steady rate: by HTTPRoute weights where there are any, round robin over the pods. */
export class Load {
  readonly finished: Promise<LoadCounts>;
  readonly #options: LoadOptions;
  readonly #services: Collection<Service>;
  readonly #pods: Collection<BackendPod>;
  readonly #routes: Collection<HttpRoute>;
  readonly #agent = new Agent({ connections: 8, pipelining: 1 });
  readonly #end = new AbortController();
  readonly #backends = new WeightedRoundRobin();
  readonly #endpoints = new WeightedRoundRobin();
  readonly #answers = new Map<number, number>();
  readonly #podAnswers = new Map<string, number>();
  readonly #inFlight = new Set<Promise<void>>();
  #failed = 0;
  #unsent = 0;

  constructor(api: ApiClient, options: LoadOptions) {
    if (options.requestsPerSecond > MAX_REQUESTS_PER_SECOND) {
      throw new Error(`${options.requestsPerSecond} requests/s: at most ${MAX_REQUESTS_PER_SECOND} are sent`);
    }
    this.#options = options;
    const { namespace } = options;
    const path = (group: string, resource: string) =>
      resourcePath({ group, version: 'v1', resource }, { namespace });
    this.#services = new Collection(api, path('', 'services'));
    this.#pods = new Collection(api, path('', 'pods'));
    // Stays empty on a cluster without the Gateway API.
    this.#routes = new Collection(api, path('gateway.networking.k8s.io', 'httproutes'));
    this.finished = this.#run();
  }

  get counts(): LoadCounts {
    return { answers: this.#answers, pods: this.#podAnswers, failed: this.#failed, unsent: this.#unsent };
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  async stop(): Promise<LoadCounts> {
    this.#end.abort();
    return await this.finished;
  }

  async #run(): Promise<LoadCounts> {
    const { signal } = this.#end;
    const following = [this.#services, this.#pods, this.#routes].map((collection) =>
      collection.follow(signal),
    );
    const startedAt = performance.now();
    let due = 0;
    for (let elapsed = 0; elapsed < this.#options.durationMs && !signal.aborted; ) {
      await sleep(TICK_MS, signal);
      elapsed = performance.now() - startedAt;
      for (; due < (elapsed / 1000) * this.#options.requestsPerSecond; due += 1) this.#send();
    }
    this.#end.abort();
    await Promise.all([...following, ...this.#inFlight]);
    await this.#agent.close();
    return this.counts;
  }

  #send(): void {
    const endpoint = this.#inFlight.size < MAX_IN_FLIGHT ? this.#choose() : undefined;
    if (endpoint === undefined) {
      this.#unsent += 1;
      return;
    }
    const exchange = this.#exchange(endpoint).finally(() => this.#inFlight.delete(exchange));
    this.#inFlight.add(exchange);
  }

  #choose(): { readonly name: string; readonly address: string } | undefined {
    const { address, service: name } = this.#options;
    if (address !== undefined) return { name, address };
    const backend = this.#backends.next(backendsOf(this.#options.service, this.#routes.objects.values()));
    const service = [...this.#services.objects.values()].find(
      ({ metadata }) => metadata.name === backend?.name,
    );
    if (service === undefined) return undefined;
    const endpoints = [...endpointsOf(service, this.#pods.objects.values())];
    // Only the node agent's pods answer; those of kwok have addresses that may be somebody else's.
    const local = endpoints.filter(([, address]) => address.startsWith('127.'));
    return this.#endpoints.next(local.map(([name, address]) => ({ name, address })));
  }

  async #exchange({ name, address }: { readonly name: string; readonly address: string }): Promise<void> {
    try {
      const { statusCode, body } = await this.#agent.request({
        origin: `http://${address}`,
        path: this.#options.path ?? '/',
        method: 'GET',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      await body.dump();
      increment(this.#answers, statusCode);
      increment(this.#podAnswers, name);
    } catch {
      this.#failed += 1;
    }
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
