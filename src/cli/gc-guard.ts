import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spanText } from '../domain/time.ts';
import { checkContents, type OpenRepository } from './check-contents.ts';
import { collect, objections } from './collect.ts';
import type { World } from './command.ts';
import { CommandError, EXIT, type Exit } from './exit-code.ts';
import { type Needed, nameOf, neededContents } from './needed-contents.ts';
import type { OperatorSource } from './operator-source.ts';
import { runProgram } from './run-program.ts';

export interface GuardedRun {
  readonly sources: readonly OperatorSource[];
  /** Only of these; of all where there are none. */
  readonly repositories: readonly string[];
  readonly maxAgeMs: number;
  /** Where the list is left; a file that is gone afterwards where it is undefined. */
  readonly listFile: string | undefined;
  readonly program: readonly [string, ...string[]];
}

/**
 * Runs a registry's clean-up between two looks at everything that releases need. Nothing is run by lists that are not
 * known to be whole, nor when something is missing before: what was deleted can be put back only until its blobs are
 * collected, too.
 */
export async function guard(run: GuardedRun, open: OpenRepository, world: World): Promise<Exit> {
  const needed = await askWhatIsNeeded(run, world);
  const signal = new AbortController().signal;
  const check = () => checkContents(needed, open, signal);
  const before = await check();
  if (before.length > 0)
    throw refusal('what is protected is not all there, so nothing is run; repair it first', before);
  const failure = await withList(needed, run.listFile, (file) => runIt(run, file, world));
  world.tell(`reading ${needed.length} manifests again`);
  const lost = await check();
  for (const problem of lost) world.tell(`lost: ${problem}`);
  const isGone = lost.length > 0;
  if (isGone) world.tell(`${lost.length} of ${needed.length} manifests are not as they were before`);
  if (failure !== undefined) world.tell(`${run.program[0]}: ${failure}`);
  if (isGone || failure !== undefined) return EXIT.failed;
  world.tell(`all ${needed.length} manifests are there, with their blobs`);
  return EXIT.done;
}

async function askWhatIsNeeded(run: GuardedRun, { clock, tell }: World): Promise<readonly Needed[]> {
  const { maxAgeMs, repositories, sources } = run;
  const readings = await collect(sources, repositories);
  const now = clock.now();
  const against = objections(readings, maxAgeMs, now);
  if (against.length > 0) throw refusal('what must stay is not known, so nothing is run', against);
  const known = readings.filter((reading) => 'document' in reading);
  for (const { document, source } of known) {
    const age = spanText(Math.max(0, now.getTime() - Date.parse(document.generatedAt)));
    tell(`${source}: owner ${document.owner}, ${document.digests.length} digests, ${age} old`);
  }
  const needed = neededContents(known.map(({ document }) => document));
  if (needed.length === 0)
    throw refusal('nothing is protected, and a clean-up that goes by such a list deletes everything', [
      'ask the operators of the clusters that use the registry; look with kubectl artifactrelease protected',
    ]);
  tell(`reading ${needed.length} manifests`);
  return needed;
}

async function runIt({ program }: GuardedRun, file: string, world: World): Promise<string | undefined> {
  world.tell(`running ${program.join(' ')}`);
  try {
    return await runProgram(program, { ...world.environment, ARTIFACTRELEASE_PROTECTED: file });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(EXIT.failed, `${program[0]} cannot be started: ${problem}`, { cause });
  }
}

async function withList<T>(
  needed: readonly Needed[],
  listFile: string | undefined,
  task: (file: string) => Promise<T>,
): Promise<T> {
  const folder = listFile === undefined ? await mkdtemp(join(tmpdir(), 'gc-guard-')) : undefined;
  const file = listFile ?? join(folder ?? '', 'protected');
  try {
    await writeFile(file, needed.map((one) => `${nameOf(one)}\n`).join(''));
    return await task(file);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true });
  }
}

const refusal = (what: string, why: readonly string[]): CommandError =>
  new CommandError(EXIT.refused, [`refused: ${what}:`, ...why.map((one) => `- ${one}`)].join('\n'));
