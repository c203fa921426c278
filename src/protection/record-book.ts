import { inherited, joined } from '../domain/protection/joined-record.ts';
import type { KeptRecord, ProtectionRecords, RecordList } from '../ports/protection-records.ts';

/**
 * The records of an owner, with those of whom it was before. What one of these has is taken over with the first record
 * that is saved of its repository: until then it stays where it is.
 */
export class RecordBook implements ProtectionRecords {
  readonly #own: ProtectionRecords;
  readonly #previous: readonly ProtectionRecords[];
  /** Repositories of which a previous owner has a record. */
  readonly #inherited = new Set<string>();

  constructor(own: ProtectionRecords, previous: readonly ProtectionRecords[]) {
    this.#own = own;
    this.#previous = previous;
  }

  async list(signal: AbortSignal): Promise<RecordList> {
    const own = await this.#own.list(signal);
    const kept = new Map(own.kept.map((one) => [one.record.repository, one]));
    let { isWhole } = own;
    for (const records of this.#previous) {
      const list = await records.list(signal);
      isWhole &&= list.isWhole;
      for (const one of list.kept)
        kept.set(one.record.repository, this.#inherit(kept.get(one.record.repository), one));
    }
    return { kept: [...kept.values()], isWhole };
  }

  async read(repository: string, signal: AbortSignal): Promise<KeptRecord | undefined> {
    let kept = await this.#own.read(repository, signal);
    for (const records of this.#previous) {
      const one = await records.read(repository, signal);
      if (one) kept = this.#inherit(kept, one);
    }
    return kept;
  }

  async save(kept: KeptRecord, signal: AbortSignal): Promise<void> {
    await this.#own.save(kept, signal);
    await this.#forget(kept.record.repository, signal);
  }

  async remove(repository: string, signal: AbortSignal): Promise<void> {
    await this.#own.remove(repository, signal);
    await this.#forget(repository, signal);
  }

  #inherit(kept: KeptRecord | undefined, { record, manifests }: KeptRecord): KeptRecord {
    this.#inherited.add(record.repository);
    const old = inherited(record);
    return {
      record: kept ? joined(kept.record, old) : old,
      manifests: new Map([...manifests, ...(kept?.manifests ?? [])]),
    };
  }

  async #forget(repository: string, signal: AbortSignal): Promise<void> {
    if (!this.#inherited.has(repository)) return;
    for (const records of this.#previous) await records.remove(repository, signal);
    this.#inherited.delete(repository);
  }
}
