import { isDeepStrictEqual } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import type { Decision } from '../domain/decide.ts';
import type { Evaluation } from '../domain/evaluation.ts';
import { type Input, recordOf } from '../domain/replay/record.ts';
import { SCHEMA } from '../domain/replay/schema.ts';
import { isTurningPoint } from '../domain/replay/turning-point.ts';
import type { ReleaseIdentity } from '../ports/cluster.ts';
import type { ReleaseLog } from './report.ts';

/** Logs what is decided, with everything that it is made from. */
export class DecisionLog {
  readonly #log: ReleaseLog;
  /** By release, then by objective. */
  readonly #last = new Map<string, ReadonlyMap<string, Evaluation>>();

  constructor(log: ReleaseLog) {
    this.#log = log;
  }

  /** A line for a pass that decides something; one in which only numbers, words and clocks move has none. */
  deciding(input: Input, decision: Decision): void {
    if (!isTurningPoint(input.release.status, decision)) return;
    const { version } = manifest;
    this.#log.info({ schema: SCHEMA, version, ...recordOf(input, decision) }, 'recorded');
  }

  /**
   * A line for each objective that has new counts or another answer. A process that has just started says again what it
   * finds.
   */
  evaluated({ name, namespace, uid }: ReleaseIdentity, evaluations: readonly Evaluation[]): void {
    if (evaluations.length === 0) return;
    const last = this.#last.get(uid);
    for (const evaluation of evaluations) {
      const before = last?.get(evaluation.objective);
      if (before && isDeepStrictEqual({ ...before, evaluatedAt: evaluation.evaluatedAt }, evaluation))
        continue;
      const release = `${namespace}/${name}`;
      this.#log.info({ schema: SCHEMA, release, uid, ...evaluation }, 'evaluated');
    }
    const byObjective = evaluations.map((evaluation) => [evaluation.objective, evaluation] as const);
    this.#last.set(uid, new Map([...(last ?? []), ...byObjective]));
  }

  forget(uid: string): void {
    this.#last.delete(uid);
  }
}
