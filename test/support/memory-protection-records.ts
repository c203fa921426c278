import type { KeptRecord, ProtectionRecords } from '../../src/ports/protection-records.ts';

/** Records of one owner, kept in this process. */
export class MemoryProtectionRecords implements ProtectionRecords {
  readonly stored = new Map<string, KeptRecord>();
  /** Called before everything else; may throw. */
  fault: () => void = () => undefined;

  async list(): Promise<readonly KeptRecord[]> {
    this.fault();
    return [...this.stored.values()];
  }

  async save(kept: KeptRecord): Promise<void> {
    this.fault();
    this.stored.set(kept.record.repository, structuredClone(kept));
  }

  async remove(repository: string): Promise<void> {
    this.fault();
    this.stored.delete(repository);
  }
}
