import type { Totals } from '../../src/api/artifact-release-status.ts';
import type { Stage } from '../../src/domain/evaluation.ts';
import { answeredAgain } from '../../src/domain/replay/policy.ts';
import type { LoggedEvaluation } from '../../src/domain/replay/replay.ts';
import { CANDIDATE, iso, UID } from './releases.ts';
import { totals } from './totals.ts';

export interface EvaluationChanges {
  readonly at: string;
  readonly current: Totals;
  readonly stage?: Stage;
  readonly steps?: readonly Totals[];
  readonly objective?: string;
  readonly release?: string;
  readonly target?: number;
  /** When the step may end, after noon. */
  readonly ends?: string;
}

/** What the operator logs of these counts, `at` after noon, by the default policy and a target of 99 %. */
export function anEvaluation({
  at,
  current,
  stage = 0,
  steps = [],
  objective = 'availability',
  release = 'shop/checkout',
  target = 0.99,
  ends = '0s',
}: EvaluationChanges): LoggedEvaluation {
  return answeredAgain({
    ...{ release, uid: UID, digest: CANDIDATE, attempt: 1, evaluatedAt: iso(at), objective, stage },
    ...(stage !== 'bake' && { ends: { passed: iso(ends) } }),
    weight: stage === 'bake' ? 100 : 10 * (stage + 1),
    input: {
      ...{ target, maxBurnRate: 1, confidence: 0.99, steps, current },
      comparison: stage === 'bake' ? 'before' : 'concurrent',
      clumping: { dispersion: 1, clump: 1 },
      measure: 'requests',
    },
    budget: { windowSeconds: 30 * 24 * 3600, limit: 2 },
  });
}

/** The line of the log that holds it. */
export const lineOf = (evaluation: LoggedEvaluation): string =>
  JSON.stringify({ level: 'info', time: iso('1h'), schema: 1, ...evaluation, msg: 'evaluated' });

const good = totals(0, 2_000, 0, 8_000);

/** A step that passes, and one that gets worse and worse until it is rolled back. */
export const worsening: readonly LoggedEvaluation[] = [
  anEvaluation({ at: '1m', current: totals(0, 100, 0, 900) }),
  anEvaluation({ at: '2m', current: good }),
  ...[20, 60, 140].map((bad, index) =>
    anEvaluation({
      at: `${3 + index}m`,
      ends: '1h',
      stage: 1,
      steps: [good],
      current: totals(bad, 2_000, 2 * index, 8_000),
    }),
  ),
];
