/** The spec of a coordination.k8s.io/v1 Lease. Times are MicroTime strings and compared for equality only. */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  /** How often the holder has changed. */
  readonly leaseTransitions: number;
}

/** A lease as it was read or written, with the version that the next write has to name. */
export interface StoredLease {
  readonly record: LeaseRecord;
  readonly resourceVersion: string;
}

/**
 * One lease.
 *
 * `create` and `update` throw ConflictError when somebody else was faster; all reject with the signal's reason when
 * it aborts.
 */
export interface LeaseLock {
  read(signal: AbortSignal): Promise<StoredLease | undefined>;
  create(record: LeaseRecord, signal: AbortSignal): Promise<StoredLease>;
  update(record: LeaseRecord, resourceVersion: string, signal: AbortSignal): Promise<StoredLease>;
}
