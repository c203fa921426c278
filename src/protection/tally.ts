import type { Demand } from '../domain/protection/claims.ts';
import type { ProtectionObserver, ProtectionTotals } from '../ports/protection-observer.ts';
import type { RepositoryLedger } from './repository-ledger.ts';

/** Adds up what is kept in all repositories. */
export class Tally {
  readonly #observer: ProtectionObserver;
  readonly #parts = new Map<string, ProtectionTotals>();

  constructor(observer: ProtectionObserver) {
    this.#observer = observer;
  }

  /** Replaces what was said of this repository before. */
  set(repository: string, ledger: RepositoryLedger, demands: Iterable<Demand>): void {
    const digests = new Map<string, number>();
    for (const demand of demands) {
      const { reason } = ledger.check(demand);
      digests.set(reason, (digests.get(reason) ?? 0) + 1);
    }
    const members = ledger.record.roots.flatMap(({ closure }) => closure.members.map(({ digest }) => digest));
    if (digests.size === 0 && members.length === 0) this.#parts.delete(repository);
    else
      this.#parts.set(repository, {
        digests,
        manifests: new Set(members).size,
        staleOwnerTags: ledger.staleOwnerTags,
      });
    this.#observer.totals(this.#sum());
  }

  #sum(): ProtectionTotals {
    const digests = new Map<string, number>();
    let manifests = 0;
    let staleOwnerTags = 0;
    for (const part of this.#parts.values()) {
      for (const [reason, count] of part.digests) digests.set(reason, (digests.get(reason) ?? 0) + count);
      manifests += part.manifests;
      staleOwnerTags += part.staleOwnerTags;
    }
    return { digests, manifests, staleOwnerTags };
  }
}
