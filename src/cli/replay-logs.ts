import { writeFile } from 'node:fs/promises';
import { answeredAgain, type PolicyChange } from '../domain/replay/policy.ts';
import { type LoggedEvaluation, type ReplayedTrial, replay } from '../domain/replay/replay.ts';
import type { World } from './command.ts';
import { type DecisionLog, readDecisionLog } from './decision-log.ts';
import { evaluationPlot } from './evaluation-plot.ts';
import { CommandError, EXIT, type Exit } from './exit-code.ts';
import { expectObjectives } from './policy-flags.ts';
import { coursesText, differencesText, shiftsOf, trialsText } from './replay-text.ts';
import { orFail, withLines } from './text-source.ts';

export interface LogWish {
  readonly change: PolicyChange | undefined;
  /** `namespace/name`; undefined for all. */
  readonly release: string | undefined;
  readonly json: boolean;
  /** File of the drawing. */
  readonly plot?: string;
}

/** Computes the evaluations of logs again. Rejects with CommandError. */
export async function replayLogs(files: readonly string[], wish: LogWish, world: World): Promise<Exit> {
  const { evaluations, misunderstood } = await readLogs(files, world);
  for (const problem of misunderstood) world.tell(problem);
  const ours = evaluations.filter(({ release }) => wish.release === undefined || release === wish.release);
  const whose = wish.release === undefined ? '' : ` of ${wish.release}`;
  if (ours.length === 0)
    throw new CommandError(EXIT.failed, `there is no evaluation${whose} in ${files.join(', ')}`);
  expectObjectives(wish.change, new Set(ours.map(({ objective }) => objective)));
  const trials = replay(ours, wish.change);
  print(trials, wish, world);
  if (wish.plot !== undefined) {
    const drawn = wish.change ? ours.map((one) => answeredAgain(one, wish.change)) : ours;
    await orFail(wish.plot, writeFile(wish.plot, evaluationPlot(drawn)));
  }
  const isSame = misunderstood.length === 0 && trials.every(({ differences }) => differences.length === 0);
  return isSame || wish.change ? EXIT.done : EXIT.differs;
}

async function readLogs(
  files: readonly string[],
  world: World,
): Promise<{ readonly evaluations: readonly LoggedEvaluation[]; readonly misunderstood: readonly string[] }> {
  const logs = await Promise.all(
    files.map(async (file) => ({ file, log: await withLines(file, world, readDecisionLog) })),
  );
  return {
    evaluations: logs.flatMap(({ log }) => log.evaluations),
    misunderstood: logs.flatMap(({ file, log }) => problemsOf(file, log)),
  };
}

const problemsOf = (file: string, { misunderstood }: DecisionLog): readonly string[] =>
  misunderstood.map(({ line, problem }) => `${file}:${line} is not understood: ${problem}`);

function print(trials: readonly ReplayedTrial[], { change, json }: LogWish, { out, tell }: World): void {
  if (json) {
    const counted = trials.map((trial) => ({ ...trial, evaluations: trial.evaluations.length }));
    out(`${JSON.stringify(counted, undefined, 2)}\n`);
    return;
  }
  out(change ? coursesText(trials) : trialsText(trials));
  for (const { differences, release } of trials) out(differencesText(release, differences));
  for (const shift of shiftsOf(trials)) tell(shift);
}
