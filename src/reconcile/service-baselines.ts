import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Baseline } from '../api/candidate-status.ts';
import type { Objective } from '../api/objective-spec.ts';
import { type BaselineQuestion, baselineQuestion, toBaseline } from '../domain/baselines.ts';
import { acceptableRatio } from '../domain/measure.ts';
import type { Baselines, Observation } from '../domain/observation.ts';
import { known, type Reading } from '../domain/reading.ts';
import type { ObjectiveReader } from '../ports/objective-reader.ts';
import type { ServiceSource } from '../ports/service-source.ts';
import { NewestAnswers } from './newest-answers.ts';
import { foundTerms, resolveObjective } from './resolve-objective.ts';
import { serviceOf } from './sides.ts';

export interface ServiceBaselinesPorts {
  readonly objectives: ObjectiveReader;
  readonly service: ServiceSource;
}

type Asked = Omit<Parameters<ServiceSource['slices']>[0], 'objective'>;

/** What the service did before a trial: each question about it is asked once an interval, until it is answered. */
export class ServiceBaselines {
  readonly #ports: ServiceBaselinesPorts;
  readonly #answers = new NewestAnswers<Baselines>();

  constructor(ports: ServiceBaselinesPorts) {
    this.#ports = ports;
  }

  async read(
    release: ArtifactRelease,
    verification: Observation['verification'],
    now: Date,
    signal: AbortSignal,
  ): Promise<Baselines | undefined> {
    const question = baselineQuestion(release, verification, now);
    if (!question) return undefined;
    const slot = `${question.digest} ${question.until} ${question.slot}`;
    return this.#answers.to(release.metadata.uid, slot, () => this.#ask(release, question, signal));
  }

  forget(uid: string): void {
    this.#answers.forget(uid);
  }

  async #ask(
    release: ArtifactRelease,
    { digest, objectives, until, windowSeconds, sliceSeconds }: BaselineQuestion,
    signal: AbortSignal,
  ): Promise<Baselines> {
    const asked = { ...serviceOf(release), digest, windowSeconds, sliceSeconds, at: new Date(until) };
    const maxBurnRate = Number(release.spec.analysis.maxBurnRate);
    const readings = await Promise.all(
      objectives.map(
        async (objective) =>
          [objective.name, await this.#reading(asked, objective, maxBurnRate, signal)] as const,
      ),
    );
    return { digest, until, readings: new Map(readings) };
  }

  async #reading(
    asked: Asked,
    objective: Objective,
    maxBurnRate: number,
    signal: AbortSignal,
  ): Promise<Reading<Omit<Baseline, 'objective'>>> {
    const { objectives, service } = this.#ports;
    const resolved = await resolveObjective(objectives, asked.namespace, objective, signal);
    if (!resolved.known) return resolved;
    const slices = await service.slices({ ...asked, objective: resolved.value }, signal);
    if (!slices.known) return slices;
    const terms = foundTerms(objective, resolved.value);
    const target = Number(resolved.value.target ?? 100) / 100;
    const acceptable = acceptableRatio({ target, maxBurnRate });
    return known({ ...toBaseline(slices.value, asked.sliceSeconds, acceptable), ...(terms && { terms }) });
  }
}
