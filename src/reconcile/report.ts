import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Phase, Status } from '../api/artifact-release-status.ts';
import type { Decision } from '../domain/decide.ts';
import { shortDigest } from '../domain/digest.ts';
import type { Effect } from '../domain/effect.ts';
import { warning } from '../domain/notice.ts';
import type { NoticeBoard, ReleaseIdentity } from '../ports/cluster.ts';

/** What a release reports to the metrics of the operator. Durations are in seconds. */
export interface ReleaseMetrics {
  setPhase(release: ReleaseIdentity, phase: Phase): void;
  observePhase(phase: Phase, seconds: number): void;
  countVerdict(verdict: string, reason: string): void;
  countHold(reason: string): void;
  countRollback(reason: string): void;
  observeRollback(seconds: number): void;
  countDrift(release: ReleaseIdentity): void;
  countFencedWrite(): void;
  forget(uid: string): void;
}

export interface ReleaseLog {
  info(fields: object, message: string): void;
}

/** Tells people and metrics what happened, after the status that explains it is stored. */
export class Reporter {
  readonly #board: NoticeBoard;
  readonly #metrics: ReleaseMetrics;
  readonly #log: ReleaseLog;

  constructor(board: NoticeBoard, metrics: ReleaseMetrics, log: ReleaseLog) {
    this.#board = board;
    this.#metrics = metrics;
    this.#log = log;
  }

  decided(
    release: ReleaseIdentity,
    before: Status | undefined,
    { status, effects, notices }: Decision,
  ): void {
    for (const notice of notices) this.#board.post(release, notice);
    this.#metrics.setPhase(release, status.phase);
    if (before && before.phase !== status.phase) this.#phaseChanged(before, status);
    if (status.hold && status.hold.reason !== before?.hold?.reason)
      this.#metrics.countHold(status.hold.reason);
    this.#verdicts(before, status);
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
    if (effect.kind !== 'PinWorkload' || !effect.drift) return;
    const images = effect.images.map(({ container, image }) => `${container}=${image}`).join(', ');
    this.#metrics.countDrift(release.metadata);
    this.#board.post(
      release.metadata,
      warning('DriftCorrected', `Deployment ${effect.name} had another image; pinned again: ${images}`),
    );
  }

  fenced(release: ReleaseIdentity): void {
    this.#metrics.countFencedWrite();
    this.#log.info({ release: `${release.namespace}/${release.name}` }, 'somebody else wrote first');
  }

  forget(uid: string): void {
    this.#metrics.forget(uid);
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
