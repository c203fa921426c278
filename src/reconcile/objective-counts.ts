import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Totals } from '../api/artifact-release-status.ts';
import type { Objective } from '../api/objective-spec.ts';
import type { Counts, Terms } from '../domain/observation.ts';
import type { CountsQuestion } from '../domain/questions.ts';
import type { Reading } from '../domain/reading.ts';
import { milliseconds, seconds, since } from '../domain/time.ts';
import { canaryName } from '../domain/workload.ts';
import type { ObjectiveReader } from '../ports/objective-reader.ts';
import type { SloQuestion, SloSource } from '../ports/slo-source.ts';
import { NewestAnswers } from './newest-answers.ts';
import { foundTerms, resolveObjective } from './resolve-objective.ts';
import { anyOf, sideOf } from './sides.ts';

export interface ObjectiveCountsPorts {
  readonly sloSource: SloSource;
  readonly objectives: ObjectiveReader;
}

/** Counts of all objectives of a release: each question about them is asked once, and again when the spec changes. */
export class ObjectiveCounts {
  readonly #ports: ObjectiveCountsPorts;
  readonly #answers = new NewestAnswers<Counts>();

  constructor(ports: ObjectiveCountsPorts) {
    this.#ports = ports;
  }

  async read(
    release: ArtifactRelease,
    question: CountsQuestion,
    now: Date,
    signal: AbortSignal,
  ): Promise<Counts> {
    const { generation, uid } = release.metadata;
    const { from, quick = 0, slot, stage } = question;
    return this.#answers.to(uid, `${generation} ${from} ${stage} ${slot} ${quick}`, async () => {
      const asked = sides(release, question, now);
      const answers = await Promise.all(
        (release.spec.objectives ?? []).map((objective) => this.#answer(asked, objective, signal)),
      );
      return {
        from,
        totals: new Map(answers.map(({ name, totals }) => [name, totals])),
        terms: new Map(answers.flatMap(({ name, terms }) => (terms ? [[name, terms]] : []))),
      };
    });
  }

  async #answer(asked: Asked, objective: Objective, signal: AbortSignal): Promise<Answer> {
    const { objectives, sloSource } = this.#ports;
    const { name } = objective;
    const resolved = await resolveObjective(objectives, asked.namespace, objective, signal);
    if (!resolved.known) return { name, totals: resolved };
    const totals = await sloSource.totals({ ...asked, objective: resolved.value }, signal);
    const terms = foundTerms(objective, resolved.value);
    return { name, totals, ...(terms && { terms }) };
  }

  forget(uid: string): void {
    this.#answers.forget(uid);
  }
}

interface Answer {
  readonly name: string;
  readonly totals: Reading<Totals>;
  /** What was found where the objective is written down, if that is elsewhere. */
  readonly terms?: Terms;
}

type Asked = Omit<SloQuestion, 'objective'>;

/** At a step the canary stands beside stable; in a bake the workload itself is what is judged. */
function sides(release: ArtifactRelease, { stage, from, digest }: CountsQuestion, now: Date): Asked {
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
