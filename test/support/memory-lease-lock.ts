import { ConflictError } from '../../src/controller/errors.ts';
import type { LeaseLock, LeaseRecord, StoredLease } from '../../src/controller/lease-lock.ts';

/** One lease in memory, with the API server's optimistic concurrency, that several electors can share. */
export class MemoryLeaseLock implements LeaseLock {
  reads = 0;
  writes = 0;
  /** What the next requests meet instead of the lease; `hang` waits for their signal. */
  fault: Error | 'hang' | undefined;
  #stored: StoredLease | undefined;
  #version = 0;

  constructor(initial?: LeaseRecord) {
    if (initial !== undefined) this.store(initial);
  }

  get record(): LeaseRecord | undefined {
    return this.#stored?.record;
  }

  /** Writes as somebody else would. */
  store(record: LeaseRecord): StoredLease {
    this.#version += 1;
    this.#stored = { record, resourceVersion: String(this.#version) };
    return this.#stored;
  }

  async read(signal: AbortSignal): Promise<StoredLease | undefined> {
    this.reads += 1;
    await this.#meetFault(signal);
    return this.#stored;
  }

  async create(record: LeaseRecord, signal: AbortSignal): Promise<StoredLease> {
    this.writes += 1;
    await this.#meetFault(signal);
    if (this.#stored !== undefined) throw new ConflictError('exists');
    return this.store(record);
  }

  async update(record: LeaseRecord, resourceVersion: string, signal: AbortSignal): Promise<StoredLease> {
    this.writes += 1;
    await this.#meetFault(signal);
    if (this.#stored?.resourceVersion !== resourceVersion) throw new ConflictError('stale');
    return this.store(record);
  }

  async #meetFault(signal: AbortSignal): Promise<void> {
    if (this.fault instanceof Error) throw this.fault;
    if (this.fault === undefined) return;
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
