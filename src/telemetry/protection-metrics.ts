import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { PROTECTION_PROBLEMS } from '../api/protection-reasons.ts';
import { RELEASE_STRATEGIES, type ReleaseStrategy } from '../api/protection-spec.ts';
import {
  COPY_RESULTS,
  type CopyResult,
  LOSSES,
  type Loss,
  type ProtectionObserver,
  type ProtectionTotals,
  RELEASE_RESULTS,
  REPAIR_RESULTS,
  type ReleaseResult,
  type RepairResult,
  SWEEP_BLOCKS,
  type SweepBlock,
} from '../ports/protection-observer.ts';

/** Most of it is confirmAfter: a minute, unless a registry says otherwise. */
const CONFIRM_SECONDS = [5, 15, 30, 60, 75, 90, 120, 300, 900, 3600];
const STATES: readonly string[] = ['Protected', 'ReportOnly', ...PROTECTION_PROBLEMS];

/**
 * Metrics of what is kept alive in registries. Labels are closed sets: no repository, for there may be thousands. What
 * is alerted on begins at 0, or its first increase would not be seen.
 */
export class ProtectionMetrics implements ProtectionObserver {
  readonly #digests: Gauge<'state'>;
  readonly #manifests: Gauge;
  readonly #staleOwnerTags: Gauge;
  readonly #confirmSeconds: Histogram;
  readonly #lost: Counter<'reason'>;
  readonly #repairs: Counter<'result'>;
  readonly #releases: Counter<'strategy' | 'result'>;
  readonly #scrubbedBytes: Counter;
  readonly #mismatches: Counter;
  readonly #blocked: Counter<'reason'>;
  readonly #copies: Counter<'to' | 'result'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const metric = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) => ({
      name: `artifactrelease_${name}`,
      help,
      labelNames,
      registers,
    });
    this.#digests = new Gauge(
      metric('protected_digests', 'Digests that releases need, by how far their protection is.', ['state']),
    );
    this.#manifests = new Gauge(
      metric('protected_manifests', 'Manifests that are kept alive, with those of signatures and platforms.'),
    );
    this.#staleOwnerTags = new Gauge(
      metric('stale_owner_tags', 'Keep tags of owners that have not shown for long that they are there.'),
    );
    this.#confirmSeconds = new Histogram({
      ...metric('protection_confirm_seconds', 'Time until a digest was known to be protected.'),
      buckets: CONFIRM_SECONDS,
    });
    this.#lost = new Counter(
      metric('protection_lost_total', 'What was protected and is gone, by what it was.', ['reason']),
    );
    this.#repairs = new Counter(
      metric('protection_repairs_total', 'Attempts to put back what was lost.', ['result']),
    );
    this.#releases = new Counter(
      metric('protection_releases_total', 'Keep tags given up, by how, and attempts that failed.', [
        'strategy',
        'result',
      ]),
    );
    this.#scrubbedBytes = new Counter(
      metric(
        'protection_scrubbed_bytes_total',
        'Bytes read and hashed to see whether they are what they were.',
      ),
    );
    this.#mismatches = new Counter(
      metric('protection_scrub_mismatches_total', 'What was read and is not what its digest says.'),
    );
    this.#blocked = new Counter(
      metric('protection_sweeps_blocked_total', 'Times that keep tags were not given up, to be safe.', [
        'reason',
      ]),
    );
    this.#copies = new Counter(
      metric('protection_copies_total', 'Digests copied to a vault or archive, or not.', ['to', 'result']),
    );
    this.#beginAtZero();
  }

  totals({ digests, manifests, staleOwnerTags }: ProtectionTotals): void {
    this.#digests.reset();
    for (const state of STATES) this.#digests.set({ state }, 0);
    for (const [state, count] of digests) this.#digests.set({ state }, count);
    this.#manifests.set(manifests);
    this.#staleOwnerTags.set(staleOwnerTags);
  }

  confirmed(seconds: number): void {
    this.#confirmSeconds.observe(seconds);
  }

  lost(reason: Loss): void {
    this.#lost.inc({ reason });
  }

  repaired(result: RepairResult): void {
    this.#repairs.inc({ result });
  }

  released(strategy: ReleaseStrategy, result: ReleaseResult): void {
    this.#releases.inc({ strategy, result });
  }

  scrubbed(bytes: number): void {
    this.#scrubbedBytes.inc(bytes);
  }

  mismatched(): void {
    this.#mismatches.inc();
  }

  sweepBlocked(reason: SweepBlock): void {
    this.#blocked.inc({ reason });
  }

  vaulted(result: CopyResult): void {
    this.#copies.inc({ to: 'Vault', result });
  }

  archived(result: CopyResult): void {
    this.#copies.inc({ to: 'Archive', result });
  }

  #beginAtZero(): void {
    this.totals({ digests: new Map(), manifests: 0, staleOwnerTags: 0 });
    for (const reason of LOSSES) this.#lost.inc({ reason }, 0);
    for (const result of REPAIR_RESULTS) this.#repairs.inc({ result }, 0);
    for (const reason of SWEEP_BLOCKS) this.#blocked.inc({ reason }, 0);
    for (const result of COPY_RESULTS) {
      this.#copies.inc({ to: 'Vault', result }, 0);
      this.#copies.inc({ to: 'Archive', result }, 0);
    }
    for (const strategy of RELEASE_STRATEGIES)
      for (const result of RELEASE_RESULTS) this.#releases.inc({ strategy, result }, 0);
  }
}
