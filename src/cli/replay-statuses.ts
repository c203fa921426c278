import { text } from 'node:stream/consumers';
import { replayStatus } from '../domain/replay/status.ts';
import type { World } from './command.ts';
import { CommandError, EXIT, type Exit } from './exit-code.ts';
import { expectObjectives } from './policy-flags.ts';
import type { LogWish } from './replay-logs.ts';
import { differencesText, type NamedStatus, statusText } from './replay-text.ts';
import { storedReleases } from './stored-releases.ts';
import { opened, orFail } from './text-source.ts';

/** Computes what the status of releases holds again. Rejects with CommandError. */
export async function replayStatuses(file: string, wish: Omit<LogWish, 'plot'>, world: World): Promise<Exit> {
  const { change, json, release } = wish;
  const releases = storedReleases(await orFail(file, text(opened(file, world))))
    .map(({ metadata, spec, status }) => ({ name: `${metadata.namespace}/${metadata.name}`, spec, status }))
    .filter(({ name }) => release === undefined || name === release);
  const replayed = releases.flatMap(({ name, spec, status }): readonly NamedStatus[] =>
    status?.analysis ? [{ name, replayed: replayStatus({ spec, status }, change) }] : [],
  );
  if (replayed.length === 0)
    throw new CommandError(EXIT.failed, `no release in ${file} has a status.analysis: none is under trial`);
  const objectives = replayed.flatMap((one) => one.replayed.objectives);
  expectObjectives(change, new Set(objectives.map(({ record }) => record.objective)));
  print(replayed, json, world);
  const isSame = replayed.every(
    ({ replayed: { differences, unknown } }) => differences.length + unknown.length === 0,
  );
  return isSame || change ? EXIT.done : EXIT.differs;
}

function print(replayed: readonly NamedStatus[], json: boolean, { out, tell }: World): void {
  if (json) out(`${JSON.stringify(replayed, undefined, 2)}\n`);
  else {
    out(statusText(replayed));
    for (const { name, replayed: one } of replayed) out(differencesText(name, one.differences));
  }
  for (const { name, replayed: one } of replayed)
    for (const objective of one.unknown)
      tell(`${name} ${objective} is not computed: the spec does not have it, or its target is not recorded`);
}
