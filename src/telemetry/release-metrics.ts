import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { PHASES, type Phase } from '../api/artifact-release-status.ts';
import type { Signal } from '../api/verification-status.ts';
import type { ReleaseIdentity } from '../ports/cluster.ts';
import type { ReleaseMetrics } from '../reconcile/report.ts';

const PHASE_SECONDS = [1, 10, 60, 300, 900, 3600, 14_400, 86_400];
const ROLLBACK_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600];

/** Series of a single release carry its namespace and name, and go when the release goes. */
const PER_RELEASE = ['namespace', 'name'] as const;
type PerRelease = { namespace: string; name: string };

/** Metrics of releases. Labels are closed sets, and the names of releases that exist. */
export class PrometheusReleaseMetrics implements ReleaseMetrics {
  readonly #phases = new Map<string, { readonly labels: PerRelease; readonly phase: Phase }>();
  readonly #phaseSeconds: Histogram<'phase'>;
  readonly #verdicts: Counter<'verdict' | 'reason'>;
  readonly #holds: Counter<'reason'>;
  readonly #rollbacks: Counter<'reason'>;
  readonly #rollbackSeconds: Histogram;
  readonly #signals: Counter<'type'>;
  readonly #drift: Counter<(typeof PER_RELEASE)[number]>;
  readonly #driftSeconds: Counter<(typeof PER_RELEASE)[number]>;
  readonly #fenced: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter<L>({ name: `artifactrelease_${name}`, help, labelNames, registers });
    const histogram = <L extends string>(
      name: string,
      help: string,
      buckets: number[],
      labelNames: readonly L[] = [],
    ) => new Histogram<L>({ name: `artifactrelease_${name}`, help, buckets, labelNames, registers });
    this.#verdicts = counter('verdicts_total', 'Changes of the verdict on an objective.', [
      'verdict',
      'reason',
    ]);
    this.#holds = counter('holds_total', 'Holds, by what was missing.', ['reason']);
    this.#rollbacks = counter('rollbacks_total', 'Roll-backs, by cause.', ['reason']);
    this.#signals = counter(
      'verification_signals_total',
      'What looked odd about a digest that is proven, when it was first seen.',
      ['type'],
    );
    this.#drift = counter(
      'drift_corrected_total',
      'Images that somebody else changed and that were pinned again.',
      PER_RELEASE,
    );
    this.#driftSeconds = counter(
      'drift_seconds_total',
      'Time that a workload had another image than its pin, from when the operator saw it.',
      PER_RELEASE,
    );
    this.#fenced = counter(
      'fenced_writes_total',
      'Status writes given up because somebody else had written first.',
    );
    this.#phaseSeconds = histogram(
      'phase_duration_seconds',
      'Time that a release spent in a phase.',
      PHASE_SECONDS,
      ['phase'],
    );
    this.#rollbackSeconds = histogram(
      'rollback_duration_seconds',
      'Time from the decision to roll back until stable runs everywhere.',
      ROLLBACK_SECONDS,
    );
    this.#registerPhaseGauges(registers);
  }

  setPhase({ uid, namespace, name }: ReleaseIdentity, phase: Phase): void {
    if (this.#phases.get(uid)?.phase === phase) return;
    this.#phases.set(uid, { labels: { namespace, name }, phase });
  }

  observePhase(phase: Phase, seconds: number): void {
    this.#phaseSeconds.observe({ phase }, seconds);
  }

  countVerdict(verdict: string, reason: string): void {
    this.#verdicts.inc({ verdict, reason });
  }

  countHold(reason: string): void {
    this.#holds.inc({ reason });
  }

  countRollback(reason: string): void {
    this.#rollbacks.inc({ reason });
  }

  observeRollback(seconds: number): void {
    this.#rollbackSeconds.observe(seconds);
  }

  countSignal(type: Signal['type']): void {
    this.#signals.inc({ type });
  }

  countDrift({ namespace, name }: ReleaseIdentity): void {
    this.#drift.inc({ namespace, name });
  }

  observeDrift({ namespace, name }: ReleaseIdentity, seconds: number): void {
    this.#driftSeconds.inc({ namespace, name }, seconds);
  }

  countFencedWrite(): void {
    this.#fenced.inc();
  }

  forget(uid: string): void {
    const gone = this.#phases.get(uid);
    if (!gone) return;
    this.#phases.delete(uid);
    this.#drift.remove(gone.labels);
    this.#driftSeconds.remove(gone.labels);
  }

  /** Computed when they are scraped: a release that is gone leaves nothing behind. */
  #registerPhaseGauges(registers: Registry[]): void {
    const phases = this.#phases;
    new Gauge({
      name: 'artifactrelease_releases',
      help: 'Releases by phase.',
      labelNames: ['phase'],
      registers,
      collect() {
        for (const phase of PHASES) this.set({ phase }, 0);
        for (const { phase } of phases.values()) this.inc({ phase });
      },
    });
    new Gauge({
      name: 'artifactrelease_release_phase',
      help: 'Always 1; the phase that a release is in.',
      labelNames: ['namespace', 'name', 'phase'],
      registers,
      collect() {
        this.reset();
        for (const { labels, phase } of phases.values()) this.set({ ...labels, phase }, 1);
      },
    });
  }
}
