import { writeFile } from 'node:fs/promises';
import { answeredAgain, type PolicyChange } from '../domain/replay/policy.ts';
import { type ReplayedTrial, replay } from '../domain/replay/replay.ts';
import { decisionsOf, type ReplayedDecisions } from '../domain/replay/replay-pass.ts';
import type { World } from './command.ts';
import { type DecisionLog, otherVersion, readDecisionLog } from './decision-log.ts';
import { evaluationPlot } from './evaluation-plot.ts';
import { CommandError, EXIT, type Exit } from './exit-code.ts';
import { expectObjectives } from './policy-flags.ts';
import { coursesText, decisionsText, differencesText, shiftsOf, trialsText } from './replay-text.ts';
import { orFail, withLines } from './text-source.ts';

export interface LogWish {
  readonly change: PolicyChange | undefined;
  /** `namespace/name`; undefined for all. */
  readonly release: string | undefined;
  readonly json: boolean;
  /** File of the drawing. */
  readonly plot?: string;
}

/** Computes the answers of logs again, and without another policy the decisions. Rejects with CommandError. */
export async function replayLogs(files: readonly string[], wish: LogWish, world: World): Promise<Exit> {
  const { evaluations, misunderstood, passes } = await readLogs(files, wish, world);
  for (const problem of misunderstood) world.tell(problem);
  expectSome(files, wish, { evaluations, passes });
  expectObjectives(wish.change, new Set(evaluations.map(({ objective }) => objective)));
  const trials = replay(evaluations, wish.change);
  const decisions = wish.change ? [] : decisionsOf(passes);
  print({ trials, decisions }, wish, world);
  if (wish.plot !== undefined) {
    const drawn = wish.change ? evaluations.map((one) => answeredAgain(one, wish.change)) : evaluations;
    await orFail(wish.plot, writeFile(wish.plot, evaluationPlot(drawn)));
  }
  const isSame = [...trials, ...decisions].every(({ differences }) => differences.length === 0);
  return (isSame && misunderstood.length === 0) || wish.change ? EXIT.done : EXIT.differs;
}

type Read = Pick<DecisionLog, 'evaluations' | 'passes'>;

async function readLogs(
  files: readonly string[],
  { release: wanted }: LogWish,
  world: World,
): Promise<Read & { readonly misunderstood: readonly string[] }> {
  const logs = await Promise.all(
    files.map(async (file) => ({ file, log: await withLines(file, world, readDecisionLog) })),
  );
  const isOurs = ({ release }: { readonly release: string }) => wanted === undefined || release === wanted;
  return {
    evaluations: logs.flatMap(({ log }) => log.evaluations).filter(isOurs),
    passes: logs.flatMap(({ log }) => log.passes).filter(isOurs),
    misunderstood: logs.flatMap(({ file, log }) => problemsOf(file, log)),
  };
}

/** Another policy and a drawing are about answers; all else is about decisions too. */
function expectSome(
  files: readonly string[],
  { change, plot, release }: LogWish,
  { evaluations, passes }: Read,
): void {
  const wants = change || plot !== undefined ? evaluations : [...evaluations, ...passes];
  if (wants.length > 0) return;
  const whose = release === undefined ? '' : ` of ${release}`;
  throw new CommandError(EXIT.failed, `there is no evaluation${whose} in ${files.join(', ')}`);
}

const problemsOf = (file: string, { misunderstood }: DecisionLog): readonly string[] =>
  misunderstood.map(({ line, problem }) => `${file}:${line} is not understood: ${problem}`);

interface Replayed {
  readonly trials: readonly ReplayedTrial[];
  readonly decisions: readonly ReplayedDecisions[];
}

function print({ decisions, trials }: Replayed, { change, json }: LogWish, { out, tell }: World): void {
  for (const { release, versions } of decisions)
    for (const other of versions.flatMap((version) => otherVersion(version) ?? []))
      tell(`${release}: ${other}`);
  if (json) {
    const counted = trials.map((trial) => ({ ...trial, evaluations: trial.evaluations.length }));
    out(`${JSON.stringify({ trials: counted, decisions }, undefined, 2)}\n`);
    return;
  }
  if (trials.length > 0) out(change ? coursesText(trials) : trialsText(trials));
  for (const { differences, release } of trials) out(differencesText(release, differences));
  if (trials.length > 0 && decisions.length > 0) out('\n');
  if (decisions.length > 0) out(decisionsText(decisions));
  for (const shift of shiftsOf(trials)) tell(shift);
}
