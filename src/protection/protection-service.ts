import type { ArtifactRelease } from '../api/artifact-release.ts';
import { MAX_UPKEEP_MESSAGE, type UpkeepProblem } from '../api/protection-status.ts';
import type { Digest } from '../api/scalars.ts';
import type { Random } from '../controller/backoff.ts';
import type { ProtectionCheck } from '../domain/observation.ts';
import { isAllowedArchive, notAllowed } from '../domain/protection/archive-rule.ts';
import type { Owner } from '../domain/protection/keep-tag.ts';
import { keptDigests } from '../domain/protection/kept-digests.ts';
import { profileOf, strategiesOf } from '../domain/protection/profiles.ts';
import type { RecordedAccess } from '../domain/protection/record.ts';
import { canonicalRepository, parseRepository } from '../domain/repository-name.ts';
import type { ArtifactProtector, ProtectionAnswer } from '../ports/artifact-protector.ts';
import type { StoredRelease } from '../ports/cluster.ts';
import type { ProtectedDigests, ProtectedList } from '../ports/protected-digests.ts';
import type { ProtectionObserver } from '../ports/protection-observer.ts';
import type { ProtectionRecords } from '../ports/protection-records.ts';
import type { WritableRegistry } from '../ports/registry-writer.ts';
import { ClaimBook, type ClaimBookParts } from './claim-book.ts';
import { protectedPart } from './protected-list.ts';
import { NOT_ASKED, NOT_CONFIGURED } from './protection-check.ts';
import { RecordBook } from './record-book.ts';
import { type KeeperParts, RepositoryKeeper } from './repository-keeper.ts';
import type { RepositoryLedger } from './repository-ledger.ts';
import { Tally } from './tally.ts';

export interface ProtectionServiceParts extends ClaimBookParts {
  readonly registry: WritableRegistry;
  /** Asked once, until it answers. */
  readonly owner: (signal: AbortSignal) => Promise<Owner>;
  /** Whom it was before: their tags are given up once its own are there. */
  readonly previousOwners: readonly Owner[];
  readonly recordsOf: (owner: Owner) => ProtectionRecords;
  readonly random: Random;
  readonly observer: ProtectionObserver;
  /** Called with `namespace/name` when the answer to a release is another one. */
  readonly wake: (release: string) => void;
  /** Makes a pass over a repository due. */
  readonly enqueue: (repository: string) => void;
  readonly warn: (message: string, error?: unknown) => void;
}

/** What is known once the start is over. */
interface Base {
  readonly owner: Owner;
  readonly records: ProtectionRecords;
}

/** Records that are not understood are looked for again after this. */
const LOOK_AGAIN_MS = 600_000;

/** Keeps every repository as its releases want it, and tells them what is kept. */
export class ProtectionService implements ArtifactProtector, ProtectedDigests {
  readonly #parts: ProtectionServiceParts;
  readonly #claims: ClaimBook;
  readonly #keepers = new Map<string, RepositoryKeeper>();
  /** What the releases of each repository were told last, by digest. */
  readonly #told = new Map<string, ReadonlyMap<Digest, string>>();
  /** Repositories of which a list is asked for. */
  readonly #reporting = new Set<string>();
  readonly #tally: Tally;
  #base: Promise<Base> | undefined;
  /** Whether every record was understood when they were last listed. */
  #isWhole = false;
  #owner: Owner = '';

  constructor(parts: ProtectionServiceParts) {
    this.#parts = parts;
    this.#claims = new ClaimBook(parts);
    this.#tally = new Tally(parts.observer);
  }

  protection(release: ArtifactRelease): ProtectionAnswer {
    const { spec, metadata } = release;
    const repository = canonicalRepository(spec.artifact.repository);
    const mode = this.#claims.modeOf(release);
    const ledger = this.#keepers.get(repository)?.ledger;
    const kept = keptDigests(release, this.#parts.clock.now()).map(({ digest }) => digest);
    const check = (digest: Digest): ProtectionCheck =>
      mode === 'None' ? NOT_CONFIGURED : (ledger?.check({ digest, tags: mode === 'Tags' }) ?? NOT_ASKED);
    return {
      digests: new Map(kept.map((digest) => [digest, check(digest)])),
      state: {
        mode,
        archived: ledger?.record.archived ?? [],
        problems: mode === 'Tags' ? this.#problems(release, ledger) : [],
        orphaned: metadata.deletionTimestamp !== undefined && ledger?.isOrphaned(kept) === true,
      },
    };
  }

  /** Of what is given up in its repository. Whether it may archive there is told before there is anything to archive. */
  #problems({ spec }: ArtifactRelease, ledger: RepositoryLedger | undefined): readonly UpkeepProblem[] {
    const { artifact, protection } = spec;
    const source = canonicalRepository(artifact.repository);
    const archive = protection.archive && canonicalRepository(protection.archive.repository);
    const { protection: terms } = this.#parts.termsOf(parseRepository(source).registry);
    const failure =
      archive !== undefined && !isAllowedArchive(archive, terms)
        ? notAllowed(archive, source)
        : ledger?.archiveFailure(archive);
    return [
      ...problem('ArchiveFailed', failure),
      ...problem('ReleaseBlocked', ledger?.sweepBlock && `tags that are due stay: ${ledger.sweepBlock}`),
    ];
  }

  list(repository?: string): ProtectedList {
    const { clock, repositories, unplaced } = this.#parts;
    const asked = repository === undefined ? [...repositories()].sort() : [canonicalRepository(repository)];
    const parts = asked.map((name) =>
      protectedPart(name, this.#claims.demands(name).values(), this.#keepers.get(name)?.ledger),
    );
    const strange = asked.flatMap((name) => this.#claims.misunderstood(name) ?? []);
    const lost = unplaced().map(({ identity }) => `${identity.namespace}/${identity.name} is not understood`);
    const start = this.#owner === '' ? ['the operator has not read yet what it remembers'] : [];
    const missing = [...new Set([...start, ...parts.flatMap((part) => part.missing), ...strange, ...lost])];
    return {
      owner: this.#owner,
      generatedAt: clock.now(),
      complete: missing.length === 0,
      missing,
      digests: parts.flatMap(({ digests }) => digests),
    };
  }

  /** Whether anybody asks for a list, instead of tags. */
  get isReporting(): boolean {
    return this.#reporting.size > 0;
  }

  /** Reads what was remembered, and asks for a pass over every repository in it. Rejects when that cannot be read. */
  async load(signal: AbortSignal): Promise<Base> {
    this.#base ??= this.#load(signal).catch((error: unknown) => {
      this.#base = undefined;
      throw error;
    });
    return await this.#base;
  }

  /**
   * One pass over a repository; where that is empty, one over records that were not understood. Rejects when what is
   * remembered can neither be read nor stored.
   */
  async reconcile(repository: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    const { clock, random } = this.#parts;
    const base = await this.load(signal);
    if (repository === '') return await this.#lookAgain(base, signal);
    const keeper = this.#keepers.get(repository) ?? new RepositoryKeeper(repository, random);
    if (!this.#keepers.has(repository) && this.#claims.demands(repository).size === 0) return {};
    this.#keepers.set(repository, keeper);
    try {
      const next = await keeper.pass(this.#keeperParts(repository, base), signal);
      if (next) return { requeueAfterMs: Math.max(0, next.getTime() - clock.now().getTime()) };
      // A release that comes later would begin a record in which nothing was ever archived.
      if (keeper.ledger.record.archived.length === 0) this.#keepers.delete(repository);
      return {};
    } finally {
      this.#tell(repository, keeper);
    }
  }

  /** A release has come, changed or gone. */
  changed(before: StoredRelease | undefined, after: StoredRelease | undefined): void {
    for (const repository of this.#claims.concerned(before, after)) this.#parts.enqueue(repository);
  }

  /** What the platform says of its registry may be another thing. */
  reconfigured(repository: string): void {
    this.#keepers.get(repository)?.forgive(this.#parts.clock.now());
    this.#parts.enqueue(repository);
  }

  async #load(signal: AbortSignal): Promise<Base> {
    const owner = await this.#parts.owner(signal);
    const { previousOwners, recordsOf } = this.#parts;
    const previous = previousOwners.filter((one) => one !== owner).map(recordsOf);
    const records = new RecordBook(recordsOf(owner), previous);
    await this.#recall(records, signal);
    this.#owner = owner;
    return { owner, records };
  }

  async #recall(records: ProtectionRecords, signal: AbortSignal): Promise<void> {
    const { enqueue, random } = this.#parts;
    const { kept, isWhole } = await records.list(signal);
    this.#isWhole = isWhole;
    for (const one of kept) {
      const { repository } = one.record;
      if (this.#keepers.has(repository)) continue;
      this.#keepers.set(repository, new RepositoryKeeper(repository, random, one, isWhole));
      enqueue(repository);
    }
  }

  /** Where releases are gone, nothing but the record tells which repository it is. */
  async #lookAgain({ records }: Base, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    if (!this.#isWhole) await this.#recall(records, signal);
    return this.#isWhole ? {} : { requeueAfterMs: LOOK_AGAIN_MS };
  }

  #keeperParts(repository: string, { owner, records }: Base): KeeperParts {
    const { clock, observer, previousOwners, registry, warn } = this.#parts;
    const { registry: host, path } = parseRepository(repository);
    const { mirrors, protection, problem } = this.#parts.termsOf(host);
    const vault = protection.vault === undefined ? [] : [`${host}/${protection.vault}/${path}`];
    return {
      ...{ owner, previousOwners, records, observer, warn, settings: protection },
      strategies: strategiesOf(profileOf(host, protection.adapter), protection.release),
      vault: vault[0],
      sources: [...vault, ...mirrors.map((mirror) => canonicalRepository(`${mirror}/${path}`))],
      open: (name: string, access: RecordedAccess) =>
        registry.openForWriting(name, {
          namespace: access.namespace,
          imagePullSecrets: access.imagePullSecrets,
          ...(access.serviceAccount !== undefined && { serviceAccount: access.serviceAccount }),
        }),
      now: () => clock.now(),
      demands: () => this.#claims.demands(repository),
      sweepBlocked: () => problem ?? this.#claims.misunderstood(repository),
    };
  }

  /** Wakes the releases to which something else is answered than before. */
  #tell(repository: string, { ledger }: RepositoryKeeper): void {
    const before = this.#told.get(repository);
    const now = new Map<Digest, string>();
    const demands = this.#claims.demands(repository);
    const { archives: allowed = [] } = this.#parts.termsOf(parseRepository(repository).registry).protection;
    this.#tally.set(repository, ledger, demands.values());
    if ([...demands.values()].some(({ tags }) => !tags)) this.#reporting.add(repository);
    else this.#reporting.delete(repository);
    for (const demand of demands.values()) {
      const { reason, members, state } = ledger.check(demand);
      const orphaned = ledger.isOrphaned([demand.digest]);
      const { archivedAt } = ledger.record.archived[0] ?? {};
      const upkeep = [ledger.sweepBlock, ...ledger.archiveFailures.values(), ...allowed];
      const answer = JSON.stringify([state, reason, members, orphaned, archivedAt, upkeep]);
      now.set(demand.digest, answer);
      if (before?.get(demand.digest) === answer) continue;
      for (const { release } of demand.claims) this.#parts.wake(release);
    }
    if (now.size > 0) this.#told.set(repository, now);
    else this.#told.delete(repository);
  }
}

const problem = (reason: UpkeepProblem['reason'], message: string | undefined): readonly UpkeepProblem[] =>
  message === undefined ? [] : [{ reason, message: message.slice(0, MAX_UPKEEP_MESSAGE) }];
