import type { ArtifactRelease } from '../api/artifact-release.ts';
import { type BaselineQuestion, baselineQuestion, toBaseline } from '../domain/baselines.ts';
import type { Baselines, Observation } from '../domain/observation.ts';
import { known } from '../domain/reading.ts';
import type { ObjectiveReader } from '../ports/objective-reader.ts';
import type { ServiceSource } from '../ports/service-source.ts';
import { resolveObjective } from './resolve-objective.ts';
import { serviceOf } from './sides.ts';

export interface ServiceBaselinesPorts {
  readonly objectives: ObjectiveReader;
  readonly service: ServiceSource;
}

/** What the service did before a trial: each question about it is asked once an interval, until it is answered. */
export class ServiceBaselines {
  readonly #ports: ServiceBaselinesPorts;
  /** The answer to the newest question, by release. */
  readonly #asked = new Map<string, { readonly slot: string; readonly baselines: Baselines }>();

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
    const { uid } = release.metadata;
    const slot = `${question.until} ${question.slot}`;
    const before = this.#asked.get(uid);
    if (before?.slot === slot) return before.baselines;
    const baselines = await this.#ask(release, question, signal);
    this.#asked.set(uid, { slot, baselines });
    return baselines;
  }

  forget(uid: string): void {
    this.#asked.delete(uid);
  }

  async #ask(
    release: ArtifactRelease,
    { digest, objectives, until, windowSeconds, sliceSeconds }: BaselineQuestion,
    signal: AbortSignal,
  ): Promise<Baselines> {
    const asked = { ...serviceOf(release), digest, windowSeconds, sliceSeconds, at: new Date(until) };
    const readings = await Promise.all(
      objectives.map(async (objective) => {
        const resolved = await resolveObjective(this.#ports.objectives, asked.namespace, objective, signal);
        const slices = resolved.known
          ? await this.#ports.service.slices({ ...asked, objective: resolved.value }, signal)
          : resolved;
        return [
          objective.name,
          slices.known ? known(toBaseline(slices.value, sliceSeconds)) : slices,
        ] as const;
      }),
    );
    return { until, readings: new Map(readings) };
  }
}
