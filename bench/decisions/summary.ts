import type { Result, WorldResults } from './results.ts';
import { RULES, type RuleName } from './rules/all.ts';

const ROWS = 6;

/** The worst worlds of every rule, for people. */
export const summary = (all: readonly WorldResults[]): string =>
  [
    'good releases rolled back (share, upper 95 % bound)',
    ...worst(all, ({ rolled_back_upper: upper }) => upper, percentOf('rolled_back')),
    'bad releases promoted (share)',
    ...worst(
      all.filter(({ world }) => !world.good),
      ({ promoted }) => promoted,
      percentOf('undecided'),
    ),
    'bad requests before the roll-back, relative to the SPRT (and their median)',
    ...worst(
      all,
      ({ bad_ratio_to_sprt: ratio }) => ratio,
      ({ median_bad: bad }) => `${bad} bad`,
      (ratio) => `${ratio.toFixed(2)}x`,
    ),
    '',
  ].join('\n');

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const percentOf =
  (key: 'rolled_back' | 'undecided') =>
  (result: Result): string =>
    `${key.replace('_', ' ')} ${percent(result[key])}`;

function worst(
  all: readonly WorldResults[],
  figure: (result: Result) => number | undefined,
  detail: (result: Result) => string,
  text: (figure: number) => string = percent,
): readonly string[] {
  return RULES.map((rule) => `  ${rule.padEnd(16)} ${rowsOf(all, rule, figure, detail, text).join('; ')}`);
}

const rowsOf = (
  all: readonly WorldResults[],
  rule: RuleName,
  figure: (result: Result) => number | undefined,
  detail: (result: Result) => string,
  text: (figure: number) => string,
): readonly string[] =>
  all
    .map(({ world, results }) => ({ world, result: results[rule], value: figure(results[rule]) ?? -1 }))
    .filter(({ value }) => value >= 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, ROWS)
    .map(({ world, result, value }) => `${world.name} ${text(value)} (${detail(result)})`);
