import type { Reason } from '../../api/conditions.ts';
import type { Assessment } from '../evaluate.ts';
import { type Evaluation, isOverBudget, type Stage } from '../evaluation.ts';
import type { StepEnds } from '../schedule/steps.ts';

/** What an objective says at a time; of several, the one that decides. */
export interface Said {
  readonly at: string;
  readonly objective: string;
  readonly verdict: Assessment['verdict'];
  readonly reason: Reason;
  /** Every objective is kept for certain. */
  readonly proven: boolean;
  /** The step may end by it: its time is over, or need not be. */
  readonly ends: boolean;
}

/**
 * How a step or the bake ends, as far as its counts tell.
 *
 * - WentOn: the next stage was entered, by the verdict or by a person.
 * - RolledBack: of what would have followed nothing is known.
 * - Stays: it went on in reality, and would not have: what was counted later would not have been.
 * - CountsEnd: nothing more is logged, for whatever reason.
 */
export type Ending = 'WentOn' | 'RolledBack' | 'Stays' | 'CountsEnd';

export interface StageCourse {
  readonly stage: Stage;
  /** Share of the traffic in percent. */
  readonly weight: number;
  /** In the order of time, all objectives together. */
  readonly said: readonly Said[];
  readonly ending: Ending;
  readonly last: Said;
}

/** What becomes of a trial by one policy: its steps and its bake, up to where something ends it. */
export type Course = readonly StageCourse[];

/** Of the answers in one trial, in the order of time. Beside what `happened`, it ends where that went on without it. */
export function courseOf(evaluations: readonly Evaluation[], happened: Course = []): Course {
  const course: StageCourse[] = [];
  const byStage = [...Map.groupBy(evaluations, ({ stage }) => stage)];
  for (const [index, [stage, within]] of byStage.entries()) {
    const [weight, said] = [within[0]?.weight ?? 0, saidTogether(within)];
    const last = said.find(isRollBack) ?? said.at(-1);
    if (!last) break;
    const isLeft = index + 1 < byStage.length;
    const ended = happened[index]?.said.some(({ ends }) => ends) ?? false;
    const wentOn = ended && !said.some(({ ends }) => ends) ? 'Stays' : 'WentOn';
    const ending = isRollBack(last) ? 'RolledBack' : isLeft ? wentOn : 'CountsEnd';
    course.push({ stage, weight, said: said.filter(({ at }) => at <= last.at), ending, last });
    if (ending !== 'WentOn') break;
  }
  return course;
}

/** When a step may have ended for the first time; absent where a person let it go on, or nobody did. */
export const endedAt = ({ said }: StageCourse): string | undefined => said.find(({ ends }) => ends)?.at;

const isRollBack = ({ verdict }: Said): boolean => verdict === 'RollBack';

/** One word at each time. An objective that has not spoken in this stage yet, but will, is still measuring. */
function saidTogether(within: readonly Evaluation[]): readonly Said[] {
  const words = new Map<string, Word>();
  const objectives = new Set(within.map(({ objective }) => objective));
  return [...Map.groupBy(within, ({ evaluatedAt }) => evaluatedAt)].map(([at, evaluations]) => {
    for (const one of evaluations) words.set(one.objective, wordOf(one));
    const all = [...objectives].map((objective) => words.get(objective) ?? measuring(objective));
    const worst = all.reduce((a, b) => (SEVERITY[b.verdict] > SEVERITY[a.verdict] ? b : a));
    const word = { ...worst, proven: all.every(({ proven }) => proven) };
    return { at, ...word, ends: evaluations.some(({ ends }) => isOver(at, word, ends)) };
  });
}

function isOver(at: string, { proven, verdict }: Word, ends: StepEnds | undefined): boolean {
  if (!ends || verdict !== 'Pass') return false;
  return at >= ends.passed || (proven && ends.proven !== undefined && at >= ends.proven);
}

const SEVERITY = { Pass: 0, Hold: 1, RollBack: 2 } as const;

type Word = Omit<Said, 'at' | 'ends'>;

function wordOf({ assessment, budget, objective }: Evaluation): Word {
  const { proven, reason, verdict } = assessment;
  return isOverBudget(budget)
    ? { objective, verdict: 'RollBack', reason: 'BudgetLimitExceeded', proven }
    : { objective, verdict, reason, proven };
}

const measuring = (objective: string): Word => ({
  ...{ objective, verdict: 'Hold', reason: 'Measuring', proven: false },
});
