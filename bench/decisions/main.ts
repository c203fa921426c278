// How a canary's counts should be judged: simulated releases of known quality, judged by this project's rule and others.

import { writeFile } from 'node:fs/promises';
import type { OnProgress } from '../../test/cluster/progress.ts';
import { round } from '../statistics.ts';
import { evaluateCost } from './evaluate-cost.ts';
import { plot } from './plot.ts';
import { type ResultsOfRules, resultsOf, type WorldResults } from './results.ts';
import { RULES } from './rules/all.ts';
import { type EndingsOfRules, endingsOf, forEachRule } from './simulate.ts';
import { summary } from './summary.ts';
import type { Part } from './worker.ts';
import { simulateAll } from './workers.ts';
import { WORLDS, type World } from './worlds.ts';

const RELEASES_OF_A_PART = 1000;

export interface Options {
  /** Of each world. */
  readonly releases: number;
  /** Only worlds with this in their name. */
  readonly world: string;
  readonly plot: string;
  readonly summary: boolean;
}

export async function decisions(options: Options, progress: OnProgress): Promise<object> {
  const startedAt = performance.now();
  const worlds = WORLDS.filter(({ name }) => name.includes(options.world));
  if (worlds.length === 0) throw new Error(`no world has ${options.world} in its name`);
  progress('timing evaluate()');
  const evaluateUs = evaluateCost();
  const all = await simulateWorlds(worlds, options.releases, progress);
  await writeFile(options.plot, plot(all, options.releases));
  if (options.summary) process.stderr.write(summary(all));
  return {
    ...headline(all),
    evaluate_us: round(evaluateUs, 2),
    seconds: round((performance.now() - startedAt) / 1000),
    rules: forEachRule((rule) =>
      Object.fromEntries(all.map(({ world, results }) => [world.name, results[rule]])),
    ),
  };
}

async function simulateWorlds(
  worlds: readonly World[],
  releases: number,
  progress: OnProgress,
): Promise<readonly WorldResults[]> {
  const parts = worlds.flatMap((world) => partsOf(world, releases));
  const open = new Map<number, { endings: EndingsOfRules; left: number }>();
  const done = new Map<number, ResultsOfRules>();
  let simulated = 0;
  await simulateAll(parts, (part, endings) => {
    const world = open.get(part.world) ?? { endings: endingsOf(releases), left: releases };
    copyTo(world.endings, endings, part.from);
    world.left -= part.to - part.from;
    open.set(part.world, world);
    simulated += 1;
    progress(`simulating: ${simulated} of ${parts.length} parts of ${worlds.length} worlds`);
    if (world.left > 0) return;
    const { [part.world]: finished } = WORLDS;
    if (finished) done.set(part.world, resultsOf(finished, world.endings));
    open.delete(part.world);
  });
  return worlds.flatMap((world) => {
    const results = done.get(world.index);
    return results ? [{ world, results }] : [];
  });
}

const partsOf = (world: World, releases: number): readonly Part[] =>
  Array.from({ length: Math.ceil(releases / RELEASES_OF_A_PART) }, (_, part) => ({
    world: world.index,
    from: part * RELEASES_OF_A_PART,
    to: Math.min(releases, (part + 1) * RELEASES_OF_A_PART),
  }));

function copyTo(all: EndingsOfRules, part: EndingsOfRules, from: number): void {
  for (const rule of RULES) {
    all[rule].ending.set(part[rule].ending, from);
    all[rule].bad.set(part[rule].bad, from);
  }
}

/** The figures that this project promises a limit of; null where the worlds that were asked for do not tell. */
function headline(all: readonly WorldResults[]) {
  const worst = (values: readonly (number | undefined)[]): number | null => {
    const known = values.filter((value) => value !== undefined);
    return known.length > 0 ? Math.max(...known) : null;
  };
  const burning = all.filter(({ world }) => world.class === '14.4x');
  return {
    false_rollback_max: worst(all.map(({ results }) => results.ours.rolled_back_upper)),
    missed_14x_max: worst(burning.map(({ results }) => results.ours.promoted)),
    bad_ratio_to_sprt_14x: worst(burning.map(({ results }) => results.ours.bad_ratio_to_sprt)),
  };
}
