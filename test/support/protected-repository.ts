import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import { RegistryProtection } from '../../src/api/protection-spec.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { ProtectionCheck } from '../../src/domain/observation.ts';
import { canonicalRepository } from '../../src/domain/repository-name.ts';
import type { StoredRelease } from '../../src/ports/cluster.ts';
import type {
  CopyResult,
  Loss,
  ProtectionObserver,
  RepairResult,
  SweepBlock,
} from '../../src/ports/protection-observer.ts';
import type { WritableRegistry } from '../../src/ports/registry-writer.ts';
import { ProtectionService } from '../../src/protection/protection-service.ts';
import { FakeClock } from './fake-clock.ts';
import { MemoryProtectionRecords } from './memory-protection-records.ts';
import { MemoryRegistry } from './memory-registry.ts';
import { never } from './oci-registry-client.ts';
import { NOON, REPOSITORY } from './releases.ts';

export const storedRelease = (release: ArtifactRelease): StoredRelease => ({
  identity: release.metadata,
  deleting: release.metadata.deletionTimestamp !== undefined,
  valid: true,
  release,
});

export interface Cluster {
  readonly owner?: string;
  readonly clock?: FakeClock;
  readonly registry?: WritableRegistry;
  readonly terms?: object;
}

/** What one operator protects, in a registry that others may use too. */
export class ProtectedRepository {
  readonly registry: WritableRegistry;
  readonly clock: FakeClock;
  readonly #recordsOf = new Map<string, MemoryProtectionRecords>();
  readonly releases = new Map<string, StoredRelease>();
  readonly lost: Loss[] = [];
  readonly repaired: RepairResult[] = [];
  readonly vaulted: CopyResult[] = [];
  readonly archived: CopyResult[] = [];
  scrubbedBytes = 0;
  mismatches = 0;
  staleOwnerTags = 0;
  readonly sweepBlocks: SweepBlock[] = [];
  readonly warnings: string[] = [];
  readonly woken: string[] = [];
  readonly previousOwners: string[] = [];
  /** Why its ArtifactRegistry is not understood. */
  misconfigured: string | undefined;
  #owner: string;
  #terms: RegistryProtection;
  #service: ProtectionService;

  constructor({
    owner = 'aaaa1111',
    clock = new FakeClock(new Date(NOON)),
    registry = new MemoryRegistry(),
    terms = {},
  }: Cluster = {}) {
    this.#owner = owner;
    this.clock = clock;
    this.registry = registry;
    this.#terms = RegistryProtection.parse(terms);
    this.#service = this.#start();
  }

  /** Everything that is not on record is forgotten. */
  restart(): void {
    this.#service = this.#start();
  }

  /** The same operator under another name. */
  rename(owner: string): void {
    this.previousOwners.push(this.#owner);
    this.#owner = owner;
    this.restart();
  }

  /** Of the owner that it is now. */
  get records(): MemoryProtectionRecords {
    return this.recordsOf(this.#owner);
  }

  recordsOf(owner: string): MemoryProtectionRecords {
    const records = this.#recordsOf.get(owner) ?? new MemoryProtectionRecords();
    this.#recordsOf.set(owner, records);
    return records;
  }

  put(release: ArtifactRelease): void {
    this.releases.set(`${release.metadata.namespace}/${release.metadata.name}`, storedRelease(release));
  }

  remove(name: string): void {
    this.releases.delete(name);
  }

  configure(terms: object): void {
    this.#terms = RegistryProtection.parse(terms);
  }

  /** One pass. Resolves to the seconds until the next. */
  async pass(repository: string = REPOSITORY): Promise<number | undefined> {
    const { requeueAfterMs } = await this.#service.reconcile(canonicalRepository(repository), never);
    return requeueAfterMs === undefined ? undefined : requeueAfterMs / 1000;
  }

  /** A pass, the time until what was put may be read back, and another pass. */
  async protect(): Promise<void> {
    await this.pass();
    await this.clock.advance(60_000);
    await this.pass();
  }

  check(release: ArtifactRelease, digest: Digest): ProtectionCheck | undefined {
    return this.#service.protection(release).digests.get(digest);
  }

  service(): ProtectionService {
    return this.#service;
  }

  #start(): ProtectionService {
    const observer: ProtectionObserver = {
      totals: ({ staleOwnerTags }) => {
        this.staleOwnerTags = staleOwnerTags;
      },
      confirmed: () => undefined,
      lost: (loss) => this.lost.push(loss),
      repaired: (result) => this.repaired.push(result),
      released: () => undefined,
      scrubbed: (bytes) => {
        this.scrubbedBytes += bytes;
      },
      mismatched: () => {
        this.mismatches += 1;
      },
      sweepBlocked: (reason) => this.sweepBlocks.push(reason),
      vaulted: (result) => this.vaulted.push(result),
      archived: (result) => this.archived.push(result),
    };
    return new ProtectionService({
      releasesOf: (repository) =>
        [...this.releases.values()].filter(
          (stored) =>
            !stored.valid || canonicalRepository(stored.release.spec.artifact.repository) === repository,
        ),
      repositories: () => [
        ...new Set(
          [...this.releases.values()].flatMap((stored) =>
            stored.valid ? [canonicalRepository(stored.release.spec.artifact.repository)] : [],
          ),
        ),
      ],
      unplaced: () => [],
      previousOwners: this.previousOwners,
      termsOf: () => ({ protection: this.#terms, mirrors: [], problem: this.misconfigured }),
      registry: this.registry,
      owner: async () => this.#owner,
      recordsOf: (owner) => this.recordsOf(owner),
      clock: this.clock,
      random: () => 1,
      observer,
      wake: (release) => this.woken.push(release),
      enqueue: () => undefined,
      warn: (message, error) =>
        this.warnings.push(error instanceof Error ? `${message}: ${error.message}` : message),
    });
  }
}
