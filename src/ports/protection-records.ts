import type { Digest } from '../api/scalars.ts';
import type { RepositoryRecord } from '../domain/protection/record.ts';

/** A record, with the manifests that can be put back from it; some may be left out where there is no room. */
export interface KeptRecord {
  readonly record: RepositoryRecord;
  readonly manifests: ReadonlyMap<Digest, Uint8Array>;
}

export interface RecordList {
  readonly kept: readonly KeptRecord[];
  /** Whether all was understood that is there. */
  readonly isWhole: boolean;
}

/** There is a record, and it is not understood. The message names it, with what people can do. */
export class UnreadableRecordError extends Error {
  override readonly name = 'UnreadableRecordError';
}

/** Where records are kept, of this operator alone. Rejects when the API server cannot be asked. */
export interface ProtectionRecords {
  /** What is not understood is left out, and told of by `onUnreadable`. */
  list(signal: AbortSignal): Promise<RecordList>;
  /** Undefined where there is none. Rejects with UnreadableRecordError where it is not understood. */
  read(repository: string, signal: AbortSignal): Promise<KeptRecord | undefined>;
  /** Replaces what is there, whether or not it was understood. */
  save(kept: KeptRecord, signal: AbortSignal): Promise<void>;
  remove(repository: string, signal: AbortSignal): Promise<void>;
}
