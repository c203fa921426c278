import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { ConnectionError } from '../../src/adapters/kubernetes/connection-error.ts';
import type { Query } from '../../src/adapters/kubernetes/http-transport.ts';
import { KubeApiError } from '../../src/adapters/kubernetes/kube-api-error.ts';
import { MalformedEventError } from '../../src/controller/list-watcher.ts';
import { sleep } from './time.ts';

const RETRY_MS = 500;

interface KubernetesObject {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

/**
 * The objects of one collection as they are now, by uid.
 *
 * Not the operator's own reflector, on purpose: a fault of that one must not be shared by the world that it is tested
 * in. This one lists again after whatever goes wrong, which is enough for a cluster that lives for minutes.
 */
export class Collection<T extends KubernetesObject> {
  readonly objects: ReadonlyMap<string, T>;
  readonly #objects = new Map<string, T>();
  readonly #api: ApiClient;
  readonly #path: string;
  readonly #query: Query;

  constructor(api: ApiClient, path: string, query: Query = {}) {
    this.objects = this.#objects;
    this.#api = api;
    this.#path = path;
    this.#query = query;
  }

  /** Lists, then watches, until the signal aborts. `onChange` is called after the list and after each event. */
  async follow(signal: AbortSignal, onChange: () => void = () => undefined): Promise<void> {
    while (!signal.aborted) {
      try {
        const list = await this.#api.list<T>(this.#path, { query: this.#query, signal });
        this.#objects.clear();
        for (const object of list.items) this.#objects.set(object.metadata.uid, object);
        onChange();
        await this.#watch(list.metadata.resourceVersion, signal, onChange);
      } catch (error) {
        if (!signal.aborted && !isFailureOfRequest(error)) throw error;
        await sleep(RETRY_MS, signal);
      }
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal, onChange: () => void): Promise<void> {
    for await (const event of this.#api.watch(this.#path, { ...this.#query, resourceVersion }, signal)) {
      if (event.type === 'ERROR') return;
      // A claim, as everywhere with this client: the API server sends what was asked for.
      const object = event.object as T;
      if (event.type === 'DELETED') this.#objects.delete(object.metadata.uid);
      else this.#objects.set(object.metadata.uid, object);
      onChange();
    }
  }
}

function isFailureOfRequest(error: unknown): boolean {
  return [KubeApiError, ConnectionError, MalformedEventError].some((kind) => error instanceof kind);
}
