import {
  type KeptRecord,
  type ProtectionRecords,
  type RecordList,
  UnreadableRecordError,
} from '../../src/ports/protection-records.ts';

/** Records of one owner, kept in this process. */
export class MemoryProtectionRecords implements ProtectionRecords {
  readonly stored = new Map<string, KeptRecord>();
  /** Repositories whose record is stored and not understood. */
  readonly unreadable = new Set<string>();
  /** Called before everything else; may throw. */
  fault: () => void = () => undefined;

  async list(): Promise<RecordList> {
    this.fault();
    const kept = [...this.stored.values()].filter(({ record }) => !this.unreadable.has(record.repository));
    return { kept, isWhole: kept.length === this.stored.size };
  }

  async read(repository: string): Promise<KeptRecord | undefined> {
    this.fault();
    if (this.unreadable.has(repository)) throw new UnreadableRecordError(`ConfigMap of ${repository}`);
    return this.stored.get(repository);
  }

  async save(kept: KeptRecord): Promise<void> {
    this.fault();
    this.unreadable.delete(kept.record.repository);
    this.stored.set(kept.record.repository, structuredClone(kept));
  }

  async remove(repository: string): Promise<void> {
    this.fault();
    this.unreadable.delete(repository);
    this.stored.delete(repository);
  }
}
