import type { Digest } from '../api/scalars.ts';
import type { RepositoryRecord } from '../domain/protection/record.ts';

/** A record, with the manifests that can be put back from it; some may be left out where there is no room. */
export interface KeptRecord {
  readonly record: RepositoryRecord;
  readonly manifests: ReadonlyMap<Digest, Uint8Array>;
}

/**
 * Where records are kept, of this operator alone. Rejects when the API server cannot be asked. A record that is not
 * understood is left out of `list`, and told of by `onUnreadable`; `save` replaces it.
 */
export interface ProtectionRecords {
  list(signal: AbortSignal): Promise<readonly KeptRecord[]>;
  save(kept: KeptRecord, signal: AbortSignal): Promise<void>;
  remove(repository: string, signal: AbortSignal): Promise<void>;
}
