import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Counts } from '../domain/observation.ts';
import type { CountsQuestion } from '../domain/questions.ts';
import { milliseconds, seconds, since } from '../domain/time.ts';
import { canaryName } from '../domain/workload.ts';
import type { SloSource } from '../ports/slo-source.ts';
import { anyOf, sideOf } from './sides.ts';

export interface ObjectiveCountsPorts {
  readonly sloSource: SloSource;
}

/** Counts of all objectives of a release: each question about them is asked once. */
export class ObjectiveCounts {
  readonly #ports: ObjectiveCountsPorts;
  /** The answer to the newest question, by release: passes in between ask nothing. */
  readonly #asked = new Map<string, { readonly slot: string; readonly counts: Counts }>();

  constructor(ports: ObjectiveCountsPorts) {
    this.#ports = ports;
  }

  async read(
    release: ArtifactRelease,
    question: CountsQuestion,
    now: Date,
    signal: AbortSignal,
  ): Promise<Counts> {
    const { uid } = release.metadata;
    const slot = `${question.from} ${question.stage} ${question.slot}`;
    const before = this.#asked.get(uid);
    if (before?.slot === slot) return before.counts;
    const objectives = release.spec.objectives ?? [];
    const asked = sides(release, question, now);
    const totals = new Map(
      await Promise.all(
        objectives.map(async (objective) => {
          const answer = this.#ports.sloSource.totals({ ...asked, objective }, signal);
          return [objective.name, await answer] as const;
        }),
      ),
    );
    const counts = { from: question.from, totals };
    this.#asked.set(uid, { slot, counts });
    return counts;
  }

  forget(uid: string): void {
    this.#asked.delete(uid);
  }
}

/** At a step the canary stands beside stable; in a bake the workload itself is what is judged. */
function sides(release: ArtifactRelease, { stage, from, digest }: CountsQuestion, now: Date) {
  const names = release.spec.targets.map((target) => target.name);
  const stable = sideOf('stable', names);
  return {
    source: release.spec.analysis.source,
    namespace: release.metadata.namespace,
    workload: anyOf(names),
    digest,
    windowSeconds: Math.max(1, Math.round(since(from, now) / milliseconds('1s'))),
    from: new Date(from),
    intervalSeconds: seconds(release.spec.analysis.interval),
    at: now,
    ...(stage === 'step'
      ? { candidate: sideOf('canary', names.map(canaryName)), stable }
      : { candidate: stable }),
  };
}
