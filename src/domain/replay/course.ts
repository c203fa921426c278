import type { Reason } from '../../api/conditions.ts';
import type { Assessment } from '../evaluate.ts';
import { type Evaluation, isOverBudget, type Stage } from '../evaluation.ts';

/** What an objective says at a time; of several, the one that decides. */
export interface Said {
  readonly at: string;
  readonly objective: string;
  readonly verdict: Assessment['verdict'];
  readonly reason: Reason;
  /** Every objective is kept for certain. */
  readonly proven: boolean;
}

/**
 * How a step or the bake ends, as far as its counts tell.
 *
 * - WentOn: the next stage was entered, by the verdict or by a person.
 * - RolledBack: of what would have followed nothing is known.
 * - Held: it went on in reality, and would not have: what was counted later would not have been.
 * - CountsEnd: nothing more is logged, for whatever reason.
 */
export type Ending = 'WentOn' | 'RolledBack' | 'Held' | 'CountsEnd';

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
    const goesOn = index + 1 < byStage.length;
    const passed = stage !== 'bake' && happened[index]?.last.verdict === 'Pass';
    const stays = passed && last.verdict !== 'Pass' ? 'Held' : 'WentOn';
    const ending = isRollBack(last) ? 'RolledBack' : goesOn ? stays : 'CountsEnd';
    course.push({ stage, weight, said: said.filter(({ at }) => at <= last.at), ending, last });
    if (ending !== 'WentOn') break;
  }
  return course;
}

/** Since when nothing but Pass is said; absent where that is not the last word. */
export function passesFrom({ said }: StageCourse): string | undefined {
  return said[said.findLastIndex(({ verdict }) => verdict !== 'Pass') + 1]?.at;
}

/** When a stage may have ended by `course` although it could not as it `happened`: later counts are then later than they would have been. */
export function soonerIn(course: StageCourse, happened: StageCourse): string | undefined {
  const passes = new Set(happened.said.filter(isPass).map(({ at }) => at));
  return course.said.find((one) => isPass(one) && !passes.has(one.at))?.at;
}

const isPass = ({ verdict }: Said): boolean => verdict === 'Pass';
const isRollBack = ({ verdict }: Said): boolean => verdict === 'RollBack';

/** One word at each time. An objective that has not spoken in this stage yet, but will, is still measuring. */
function saidTogether(within: readonly Evaluation[]): readonly Said[] {
  const words = new Map<string, Said>();
  const objectives = new Set(within.map(({ objective }) => objective));
  return [...Map.groupBy(within, ({ evaluatedAt }) => evaluatedAt)].map(([at, evaluations]) => {
    for (const one of evaluations) words.set(one.objective, saidBy(one));
    const missing = [...objectives].filter((objective) => !words.has(objective));
    const all = [...words.values(), ...missing.map((objective) => measuring(at, objective))];
    const worst = all.reduce((a, b) => (SEVERITY[b.verdict] > SEVERITY[a.verdict] ? b : a));
    return { ...worst, at, proven: all.every(({ proven }) => proven) };
  });
}

const SEVERITY = { Pass: 0, Hold: 1, RollBack: 2 } as const;

function saidBy({ assessment, budget, evaluatedAt: at, objective }: Evaluation): Said {
  const { proven, reason, verdict } = assessment;
  return isOverBudget(budget)
    ? { at, objective, verdict: 'RollBack', reason: 'BudgetLimitExceeded', proven }
    : { at, objective, verdict, reason, proven };
}

const measuring = (at: string, objective: string): Said => ({
  ...{ at, objective, verdict: 'Hold', reason: 'Measuring', proven: false },
});
