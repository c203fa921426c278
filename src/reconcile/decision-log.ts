import { isDeepStrictEqual } from 'node:util';
import type { Evaluation } from '../domain/evaluation.ts';
import type { ReleaseIdentity } from '../ports/cluster.ts';
import type { ReleaseLog } from './report.ts';

/** Changes when an old line can no longer be read as a new one. */
export const EVALUATION_SCHEMA = 1;

/**
 * Logs what the objectives said, with everything that it was made from: a line for each that has new counts or another
 * answer. A process that has just started says again what it finds.
 */
export class DecisionLog {
  readonly #log: ReleaseLog;
  /** By release, then by objective. */
  readonly #last = new Map<string, ReadonlyMap<string, Evaluation>>();

  constructor(log: ReleaseLog) {
    this.#log = log;
  }

  evaluated({ name, namespace, uid }: ReleaseIdentity, evaluations: readonly Evaluation[]): void {
    if (evaluations.length === 0) return;
    const last = this.#last.get(uid);
    for (const evaluation of evaluations) {
      const before = last?.get(evaluation.objective);
      if (before && isDeepStrictEqual({ ...before, evaluatedAt: evaluation.evaluatedAt }, evaluation))
        continue;
      const release = `${namespace}/${name}`;
      this.#log.info({ schema: EVALUATION_SCHEMA, release, uid, ...evaluation }, 'evaluated');
    }
    const byObjective = evaluations.map((evaluation) => [evaluation.objective, evaluation] as const);
    this.#last.set(uid, new Map([...(last ?? []), ...byObjective]));
  }

  forget(uid: string): void {
    this.#last.delete(uid);
  }
}
