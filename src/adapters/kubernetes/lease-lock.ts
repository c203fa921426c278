import { z } from 'zod';
import { ConflictError } from '../../controller/errors.ts';
import type { LeaseLock, LeaseRecord, StoredLease } from '../../controller/lease-lock.ts';
import type { ApiClient } from './api-client.ts';
import { isAlreadyExists, isConflict, isNotFound } from './kube-api-error.ts';
import { type Resource, resourcePath } from './resource-path.ts';

const LEASES: Resource = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

/** Everything in a spec is optional: other clients leave out, or blank, what they do not know. */
const Lease = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.number().nullish(),
    })
    .nullish(),
});

/** A Lease object in the cluster. */
export class KubeLeaseLock implements LeaseLock {
  readonly #client: ApiClient;
  readonly #namespace: string;
  readonly #name: string;

  constructor(client: ApiClient, namespace: string, name: string) {
    this.#client = client;
    this.#namespace = namespace;
    this.#name = name;
  }

  async read(signal: AbortSignal): Promise<StoredLease | undefined> {
    try {
      return toStoredLease(await this.#client.get(this.#path(), { signal }));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  create(record: LeaseRecord, signal: AbortSignal): Promise<StoredLease> {
    const collection = resourcePath(LEASES, { namespace: this.#namespace });
    return this.#write(this.#client.create(collection, this.#toLease(record), { signal }));
  }

  update(record: LeaseRecord, resourceVersion: string, signal: AbortSignal): Promise<StoredLease> {
    return this.#write(this.#client.update(this.#path(), this.#toLease(record, resourceVersion), { signal }));
  }

  async #write(writing: Promise<unknown>): Promise<StoredLease> {
    try {
      return toStoredLease(await writing);
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error;
      throw new ConflictError('the lease was written by somebody else', { cause: error });
    }
  }

  #path(): string {
    return resourcePath(LEASES, { namespace: this.#namespace, name: this.#name });
  }

  #toLease(spec: LeaseRecord, resourceVersion?: string): object {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: this.#namespace, name: this.#name, ...(resourceVersion && { resourceVersion }) },
      spec,
    };
  }
}

function toStoredLease(answer: unknown): StoredLease {
  const { metadata, spec } = Lease.parse(answer);
  return {
    resourceVersion: metadata.resourceVersion,
    record: {
      holderIdentity: spec?.holderIdentity ?? '',
      leaseDurationSeconds: spec?.leaseDurationSeconds ?? 0,
      acquireTime: spec?.acquireTime ?? '',
      renewTime: spec?.renewTime ?? '',
      leaseTransitions: spec?.leaseTransitions ?? 0,
    },
  };
}
