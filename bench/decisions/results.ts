import { quantile, round } from '../statistics.ts';
import type { RuleName } from './rules/all.ts';
import { ENDINGS, type Ending } from './rules/rule.ts';
import { type Endings, type EndingsOfRules, forEachRule } from './simulate.ts';
import { upperBound } from './statistics.ts';
import type { World } from './worlds.ts';

/** What a rule made of all releases of a world. */
export interface Result {
  /** Shares, which add up to 1. */
  readonly rolled_back: number;
  readonly promoted: number;
  readonly undecided: number;
  /** Upper 95 % confidence bound of the share rolled back; only where that is wrong. */
  readonly rolled_back_upper?: number;
  /** Bad requests of the candidate until it was rolled back; absent without a roll-back, like the next. */
  readonly median_bad?: number;
  /** That median over the SPRT's, both over the releases that both rolled back; only where that is right. */
  readonly bad_ratio_to_sprt?: number;
}

export type ResultsOfRules = Readonly<Record<RuleName, Result>>;

export interface WorldResults {
  readonly world: World;
  readonly results: ResultsOfRules;
}

export const resultsOf = (world: World, endings: EndingsOfRules): ResultsOfRules =>
  forEachRule((rule) => resultOf(world, endings[rule], endings.sprt));

function resultOf({ good }: World, endings: Endings, sprt: Endings): Result {
  const releases = endings.ending.length;
  const count = (ending: Ending): number =>
    endings.ending.filter((e) => e === ENDINGS.indexOf(ending)).length;
  const rolledBack = count('RolledBack');
  const bad = badWhere(endings, endings);
  const toSprt = median(badWhere(endings, sprt)) / median(badWhere(sprt, endings));
  return {
    rolled_back: round(rolledBack / releases, 5),
    promoted: round(count('Promoted') / releases, 5),
    undecided: round(count('Undecided') / releases, 5),
    ...(good && { rolled_back_upper: round(upperBound(rolledBack, releases), 5) }),
    ...(bad.length > 0 && { median_bad: median(bad) }),
    ...(!good && Number.isFinite(toSprt) && { bad_ratio_to_sprt: round(toSprt, 3) }),
  };
}

/** Bad requests of the releases that were rolled back, by the other rule as well. */
function badWhere({ ending, bad }: Endings, other: Endings): number[] {
  const rolledBack = ENDINGS.indexOf('RolledBack');
  return Array.from(bad).filter((_, at) => ending[at] === rolledBack && other.ending[at] === rolledBack);
}

const median = (values: readonly number[]): number => quantile(values, 0.5);
