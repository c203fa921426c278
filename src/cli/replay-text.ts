import { shortDigest } from '../domain/digest.ts';
import type { Evaluation, Stage } from '../domain/evaluation.ts';
import { isOverBudget } from '../domain/evaluation.ts';
import { type Course, endedAt, type StageCourse } from '../domain/replay/course.ts';
import type { Difference, FieldDifference } from '../domain/replay/difference.ts';
import type { ReplayedTrial } from '../domain/replay/replay.ts';
import type { ReplayedDecisions } from '../domain/replay/replay-pass.ts';
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

/** Decisions about each release, and below them what is not the same. */
export const decisionsText = (releases: readonly ReplayedDecisions[]): string =>
  table([
    ['RELEASE', 'DECISIONS', 'DIFFERENT', 'FROM', 'TO'],
    ...releases.map(({ decisions, differences, from, release, to }) => [
      release,
      String(decisions),
      String(differences.length),
      dateTime(from),
      dateTime(to),
    ]),
  ]) +
  releases
    .flatMap(({ differences, release }) =>
      differences.map((field) => `${release} ${dateTime(field.decidedAt)}: ${differenceText(field)}\n`),
    )
    .join('');

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

/** Where a step would have ended sooner, what is judged after it was counted later than it would have been. */
export const shiftsOf = (trials: readonly ReplayedTrial[]): readonly string[] =>
  trials.flatMap(({ digest, happened, instead = [], release }) =>
    instead.flatMap((stage, index) => {
      const was = happened[index] && endedAt(happened[index]);
      const would = endedAt(stage);
      if (would === undefined || would >= (was ?? stage.last.at)) return [];
      const step = `${release} ${shortDigest(digest)}: ${stageText(stage)}`;
      return [`${step} would have ended ${dateTime(would)}; what was counted later is judged as it was`];
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
    .map((one) => `${name} ${one.objective} ${dateTime(one.evaluatedAt)}: ${differenceText(one)}\n`)
    .join('');

const differenceText = ({ computed, field, stored }: FieldDifference): string =>
  `${field} is ${valueText(stored)}, and computed ${valueText(computed)}`;

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
  const now = `${last.verdict}, ${why}`;
  if (ending === 'Stays') return `still there ${at}: ${now}`;
  if (ending === 'CountsEnd') return `${now}; counts end ${at}`;
  const ended = endedAt(stage);
  return ended === undefined ? `went on ${at} with ${now}` : `passed ${dateTime(ended)}`;
}

const answerText = ({
  assessment: { reason, verdict },
  budget,
}: Pick<Evaluation, 'assessment' | 'budget'>): string =>
  isOverBudget(budget) ? 'RollBack, BudgetLimitExceeded' : `${verdict}, ${reason}`;
