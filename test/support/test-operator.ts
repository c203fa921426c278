// One operator's protection, of releases that a test holds, at a real registry.

import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { RegistryProtection } from '../../src/api/protection-spec.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { Clock } from '../../src/controller/clock.ts';
import type { ProtectionCheck } from '../../src/domain/observation.ts';
import { keptDigests } from '../../src/domain/protection/kept-digests.ts';
import type { WritableRegistry } from '../../src/ports/registry-writer.ts';
import { ProtectionService } from '../../src/protection/protection-service.ts';
import { Lifeline } from './lifeline.ts';
import { MemoryProtectionRecords } from './memory-protection-records.ts';

export interface TestOperatorOptions {
  readonly owner: string;
  readonly registry: WritableRegistry;
  readonly clock: Clock;
  /** As they are at each moment. */
  readonly releases: () => readonly ArtifactRelease[];
}

/** Survives what kills it: a new one starts from what is stored. */
export class TestOperator {
  readonly owner: string;
  records = new MemoryProtectionRecords();
  readonly #options: TestOperatorOptions;
  #lifeline = new Lifeline();
  #service: ProtectionService;

  constructor(options: TestOperatorOptions) {
    this.owner = options.owner;
    this.#options = options;
    this.#service = this.#start();
  }

  /** One pass over a repository, cut short where the operator dies in it. */
  async reconcile(repository: string): Promise<void> {
    const lifeline = this.#lifeline;
    await this.#service.reconcile(repository, lifeline.signal).catch((error: unknown) => {
      if (!lifeline.isOver) throw error;
    });
  }

  /** It makes so many registry requests more, and dies. */
  expire(requests: number): void {
    this.#lifeline.limit(requests);
  }

  /** A new operator starts from what is stored. */
  restart(): void {
    this.#lifeline = new Lifeline();
    this.#service = this.#start();
  }

  /** The same after the records have been lost. */
  restartForgetful(): void {
    this.records = new MemoryProtectionRecords();
    this.restart();
  }

  /** What it says of a digest that one of its releases needs; undefined for any other one. */
  check(digest: Digest): ProtectionCheck | undefined {
    const { releases, clock } = this.#options;
    const release = releases().find((one) =>
      keptDigests(one, clock.now()).some((kept) => kept.digest === digest),
    );
    return release && this.#service.protection(release).digests.get(digest);
  }

  isProtected(digest: Digest): boolean {
    return this.check(digest)?.reason === 'Protected';
  }

  #start(): ProtectionService {
    const lifeline = this.#lifeline;
    const { clock, owner, registry, releases } = this.#options;
    const { records } = this;
    const stored = () =>
      releases().map((release) => ({
        identity: release.metadata,
        deleting: release.metadata.deletionTimestamp !== undefined,
        valid: true as const,
        release,
      }));
    return new ProtectionService({
      releasesOf: (repository) =>
        stored().filter(({ release }) => release.spec.artifact.repository === repository),
      repositories: () => [...new Set(releases().map(({ spec }) => spec.artifact.repository))],
      unplaced: () => [],
      previousOwners: [],
      termsOf: () => ({ protection: RegistryProtection.parse({}), mirrors: [] }),
      registry: lifeline.registry(registry),
      owner: async () => owner,
      recordsOf: () => ({
        list: () => records.list(),
        read: (repository) => records.read(repository),
        save: async (kept) => {
          lifeline.signal.throwIfAborted();
          await records.save(kept);
        },
        remove: async (repository) => {
          lifeline.signal.throwIfAborted();
          await records.remove(repository);
        },
      }),
      clock,
      random: () => 0,
      observer: SILENT,
      wake: () => undefined,
      enqueue: () => undefined,
      warn: () => undefined,
    });
  }
}

const SILENT = {
  totals: () => undefined,
  confirmed: () => undefined,
  lost: () => undefined,
  repaired: () => undefined,
  released: () => undefined,
  scrubbed: () => undefined,
  mismatched: () => undefined,
  sweepBlocked: () => undefined,
  vaulted: () => undefined,
  archived: () => undefined,
};
