import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Phase, Status } from '../api/artifact-release-status.ts';
import type { Signal } from '../api/verification-status.ts';
import type { Decision } from '../domain/decide.ts';
import { shortDigest } from '../domain/digest.ts';
import type { Effect } from '../domain/effect.ts';
import { warning } from '../domain/notice.ts';
import type { Input } from '../domain/replay/record.ts';
import { newSignals } from '../domain/verification-news.ts';
import type { NoticeBoard, ReleaseIdentity } from '../ports/cluster.ts';
import { DecisionLog } from './decision-log.ts';

/** What a release reports to the metrics of the operator. Durations are in seconds. */
export interface ReleaseMetrics {
  setPhase(release: ReleaseIdentity, phase: Phase): void;
  observePhase(phase: Phase, seconds: number): void;
  countVerdict(verdict: string, reason: string): void;
  countHold(reason: string): void;
  countRollback(reason: string): void;
  observeRollback(seconds: number): void;
  /** Something odd about a digest that is proven all the same. */
  countSignal(type: Signal['type']): void;
  countDrift(release: ReleaseIdentity): void;
  observeDrift(release: ReleaseIdentity, seconds: number): void;
  countFencedWrite(): void;
  forget(uid: string): void;
}

export interface ReleaseLog {
  info(fields: object, message: string): void;
}

/** Tells people and metrics what happened, after the status that explains it is stored; the log alone knows before. */
export class Reporter {
  readonly #board: NoticeBoard;
  readonly #metrics: ReleaseMetrics;
  readonly #log: ReleaseLog;
  readonly #decisions: DecisionLog;
  /** By release: until when the drift that is still there has been counted. */
  readonly #drifting = new Map<string, Date>();

  constructor(board: NoticeBoard, metrics: ReleaseMetrics, log: ReleaseLog) {
    this.#board = board;
    this.#metrics = metrics;
    this.#log = log;
    this.#decisions = new DecisionLog(log);
  }

  /** Before the status is stored: if the process dies in between, nothing is stored that was not logged. */
  deciding(input: Input, decision: Decision): void {
    this.#decisions.deciding(input, decision);
  }

  decided(
    release: ReleaseIdentity,
    before: Status | undefined,
    { status, effects, notices, evaluations }: Decision,
    now: Date,
  ): void {
    this.#decisions.evaluated(release, evaluations);
    this.#measureDrift(release, effects.some(isDrift), now);
    for (const notice of notices) this.#board.post(release, notice);
    this.#metrics.setPhase(release, status.phase);
    if (before && before.phase !== status.phase) this.#phaseChanged(before, status);
    if (status.hold && status.hold.reason !== before?.hold?.reason)
      this.#metrics.countHold(status.hold.reason);
    this.#verdicts(before, status);
    for (const { type } of newSignals(before, status)) this.#metrics.countSignal(type);
    if (before?.phase === status.phase && effects.length === 0 && notices.length === 0) return;
    const { phase, candidate, message } = status;
    this.#log.info(
      {
        release: `${release.namespace}/${release.name}`,
        phase,
        ...(candidate && {
          digest: shortDigest(candidate.digest),
          step: candidate.step,
          weight: candidate.weight,
        }),
        effects: effects.map((effect) => effect.kind),
        message,
      },
      'decided',
    );
  }

  executed(release: ArtifactRelease, effect: Effect): void {
    if (!isDrift(effect)) return;
    const images = effect.images.map(({ container, image }) => `${container}=${image}`).join(', ');
    this.#metrics.countDrift(release.metadata);
    // The same words every time: a tool that writes once a second makes one event with a count, not one a second.
    const message =
      `Deployment ${effect.name} had another image than its pin and is pinned again: ${images}. ` +
      'If the count grows, something keeps writing it and every write restarts pods: metadata.managedFields names ' +
      'the writer, and the policy artifactrelease-pin (config/admission) keeps it from changing anything';
    this.#board.post(release.metadata, warning('DriftCorrected', message));
  }

  fenced(release: ReleaseIdentity): void {
    this.#metrics.countFencedWrite();
    this.#log.info({ release: `${release.namespace}/${release.name}` }, 'somebody else wrote first');
  }

  /** A release was deleted that nobody could correct any more. */
  letGo(release: ReleaseIdentity): void {
    const message =
      'Deleted although its spec is not understood: its workloads keep the images that they have, look at them';
    this.#board.post(release, warning('InvalidSpec', message));
  }

  forget(uid: string): void {
    this.#drifting.delete(uid);
    this.#decisions.forget(uid);
    this.#metrics.forget(uid);
  }

  /** From the pass that first saw the drift to the one that no longer does: a pin that is refused counts on. */
  #measureDrift(release: ReleaseIdentity, drifting: boolean, now: Date): void {
    const counted = this.#drifting.get(release.uid);
    if (counted) this.#metrics.observeDrift(release, Math.max(0, now.getTime() - counted.getTime()) / 1000);
    if (drifting) this.#drifting.set(release.uid, now);
    else this.#drifting.delete(release.uid);
  }

  #phaseChanged(before: Status, { phase, failure, phaseStartedAt }: Status): void {
    const at = Date.parse(phaseStartedAt);
    this.#metrics.observePhase(before.phase, Math.max(0, at - Date.parse(before.phaseStartedAt)) / 1000);
    if (failure && !before.failure) this.#metrics.countRollback(failure.reason);
    if (before.failure && !failure && phase !== 'RollingBack') {
      this.#metrics.observeRollback(Math.max(0, at - Date.parse(before.failure.since)) / 1000);
    }
  }

  #verdicts(before: Status | undefined, { analysis }: Status): void {
    for (const { objective, verdict, reason } of analysis ?? []) {
      const old = before?.analysis?.find((a) => a.objective === objective);
      if (old?.verdict !== verdict || old.reason !== reason) this.#metrics.countVerdict(verdict, reason);
    }
  }
}

const isDrift = (effect: Effect): effect is Extract<Effect, { kind: 'PinWorkload' }> =>
  effect.kind === 'PinWorkload' && effect.drift;
