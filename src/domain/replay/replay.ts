import type { Evaluation } from '../evaluation.ts';
import { type Course, courseOf } from './course.ts';
import { type Difference, differences } from './difference.ts';
import { answeredAgain, type PolicyChange } from './policy.ts';

/** An evaluation as it stands in the log. */
export interface LoggedEvaluation extends Evaluation {
  /** `namespace/name`. */
  readonly release: string;
  /** Of the release; another one of the same name has another. */
  readonly uid: string;
}

/** One trial of a digest, computed again. */
export interface ReplayedTrial {
  readonly release: string;
  readonly uid: string;
  readonly digest: string;
  readonly attempt: number;
  /** In the order of time. */
  readonly evaluations: readonly LoggedEvaluation[];
  readonly differences: readonly Difference[];
  /** By the answers that were logged. */
  readonly happened: Course;
  /** By the changed policy, on the same counts; absent without a change. */
  readonly instead?: Course;
}

/**
 * Computes every logged answer again from what it was made from, and compares bit for bit. With a `change` of policy,
 * says what would have become of each trial, as far as its counts tell. Trials are in the order of their first lines.
 */
export function replay(logged: readonly LoggedEvaluation[], change?: PolicyChange): readonly ReplayedTrial[] {
  const trials = Map.groupBy(logged, ({ attempt, digest, uid }) => `${uid} ${digest} ${attempt}`);
  return [...trials.values()].flatMap((of) => replayTrial(of.toSorted(byTime), change));
}

function replayTrial(
  evaluations: readonly LoggedEvaluation[],
  change: PolicyChange | undefined,
): readonly ReplayedTrial[] {
  const [first] = evaluations;
  if (!first) return [];
  const { attempt, digest, release, uid } = first;
  const happened = courseOf(evaluations);
  const changed = change && evaluations.map((evaluation) => answeredAgain(evaluation, change));
  const trial: ReplayedTrial = {
    ...{ release, uid, digest, attempt, evaluations, happened },
    differences: evaluations.flatMap(differencesOf),
    ...(changed && { instead: courseOf(changed, happened) }),
  };
  return [trial];
}

const byTime = (a: Evaluation, b: Evaluation): number =>
  Date.parse(a.evaluatedAt) - Date.parse(b.evaluatedAt);

function differencesOf(evaluation: LoggedEvaluation): readonly Difference[] {
  const { assessment, budget, evaluatedAt, objective } = evaluation;
  const computed = answeredAgain(evaluation);
  return [
    ...differences('assessment', assessment, computed.assessment),
    ...differences('budget', budget, computed.budget),
  ].map((field) => ({ evaluatedAt, objective, ...field }));
}
