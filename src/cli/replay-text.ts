import { shortDigest } from '../domain/digest.ts';
import type { Evaluation, Stage } from '../domain/evaluation.ts';
import { isOverBudget } from '../domain/evaluation.ts';
import { type Course, passesFrom, type StageCourse, soonerIn } from '../domain/replay/course.ts';
import type { Difference } from '../domain/replay/difference.ts';
import type { ReplayedTrial } from '../domain/replay/replay.ts';
import type { ReplayedStatus } from '../domain/replay/status.ts';
import { dateTime } from '../domain/time.ts';
import { table } from './table.ts';

/** Trials as they were. */
export const trialsText = (trials: readonly ReplayedTrial[]): string =>
  table([
    ['RELEASE', 'DIGEST', 'ATTEMPT', 'ANSWERS', 'DIFFERENT', 'HAPPENED'],
    ...trials.map((trial) => [
      ...nameOf(trial),
      String(trial.evaluations.length),
      String(trial.differences.length),
      endOf(trial.happened),
    ]),
  ]);

/** Stage by stage, what happened beside what would have. */
export const coursesText = (trials: readonly ReplayedTrial[]): string =>
  table([
    ['RELEASE', 'DIGEST', 'ATTEMPT', 'STAGE', 'HAPPENED', 'WITH THIS POLICY'],
    ...trials.flatMap((trial) =>
      longest(trial.happened, trial.instead ?? []).map((stage, index) => [
        ...nameOf(trial),
        stageText(stage),
        stageEnd(trial.happened[index]),
        stageEnd(trial.instead?.[index]),
      ]),
    ),
  ]);

/** Later counts are of the schedule that was: where a step might have ended sooner, they are later than they would have been. */
export const shiftsOf = (trials: readonly ReplayedTrial[]): readonly string[] =>
  trials.flatMap(({ digest, happened, instead = [], release }) =>
    instead.slice(0, -1).flatMap((stage, index) => {
      const was = happened[index];
      const sooner = was && soonerIn(stage, was);
      return sooner === undefined
        ? []
        : [
            `${release} ${shortDigest(digest)}: ${stageText(stage)} may have ended at ${dateTime(sooner)}, if its time was over; what was counted after it is of the schedule as it was`,
          ];
    }),
  );

export interface NamedStatus {
  /** `namespace/name`. */
  readonly name: string;
  readonly replayed: ReplayedStatus;
}

/** What each status says, by the policy of its release and by another one. */
export const statusText = (releases: readonly NamedStatus[]): string =>
  table([
    ['RELEASE', 'OBJECTIVE', 'STORED', 'COMPUTED', 'WITH THIS POLICY'],
    ...releases.flatMap(({ name, replayed }) =>
      replayed.objectives.map(({ computed, instead, record: { objective, reason, verdict } }) => [
        name,
        objective,
        `${verdict}, ${reason}`,
        answerText(computed),
        instead ? answerText(instead) : '',
      ]),
    ),
  ]);

/** A line for each. */
export const differencesText = (name: string, differences: readonly Difference[]): string =>
  differences
    .map(
      ({ computed, evaluatedAt, field, objective, stored }) =>
        `${name} ${objective} ${dateTime(evaluatedAt)}: ${field} is ${valueText(stored)}, and computed ${valueText(computed)}\n`,
    )
    .join('');

const valueText = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

const nameOf = ({ attempt, digest, release }: ReplayedTrial): readonly string[] => [
  release,
  shortDigest(digest),
  String(attempt),
];

const longest = (a: Course, b: Course): Course => (b.length > a.length ? b : a);

const stageText = ({ stage, weight }: { readonly stage: Stage; readonly weight: number }): string =>
  stage === 'bake' ? 'bake' : `step ${stage + 1} at ${weight}%`;

const endOf = (course: Course): string =>
  course
    .slice(-1)
    .map((stage) => `${stageText(stage)}: ${stageEnd(stage)}`)
    .join('');

function stageEnd(stage: StageCourse | undefined): string {
  if (!stage) return 'not known';
  const { ending, last } = stage;
  const at = dateTime(last.at);
  const why = `${last.reason} of ${last.objective}`;
  if (ending === 'RolledBack') return `rolled back ${at}, ${why}`;
  if (ending === 'Held') return `still on hold ${at}, ${why}`;
  const from = passesFrom(stage);
  const verdict = from === undefined ? `${last.verdict}, ${why}` : `passes from ${dateTime(from)}`;
  return ending === 'WentOn' ? verdict : `${verdict}; counts end ${at}`;
}

const answerText = ({
  assessment: { reason, verdict },
  budget,
}: Pick<Evaluation, 'assessment' | 'budget'>): string =>
  isOverBudget(budget) ? 'RollBack, BudgetLimitExceeded' : `${verdict}, ${reason}`;
