import type { WorldResults } from './results.ts';
import { RULES, type RuleName } from './rules/all.ts';
import { CLASSES } from './worlds.ts';

/** Okabe & Ito's colours, which the colour-blind tell apart. Wald's test is what the others are measured by. */
const LOOKS: Readonly<Record<RuleName, { readonly label: string; readonly colour: string }>> = {
  ours: { label: 'ArtifactRelease', colour: '#0072b2' },
  flagger: { label: 'Flagger', colour: '#d55e00' },
  argo_rollouts: { label: 'Argo Rollouts', colour: '#e69f00' },
  burn_rate_alert: { label: '14.4x burn-rate alert', colour: '#cc79a7' },
  fisher: { label: "Fisher's exact test at the end", colour: '#009e73' },
  sprt: { label: "Wald's SPRT that knows the truth", colour: '#555555' },
};

const WIDTH = 1220;
const ROW = 17;
const TOP = 92;
const LEFT = { from: 210, to: 640 };
const RIGHT = { from: 730, to: 1190 };
/** The accepted share of good releases rolled back, and the accepted multiple of the SPRT's bad requests. */
const LIMIT = { falseRollbacks: 0.01, badRatio: 1.6 };

/** An SVG with false roll-backs of every good world on the left, and what the bad ones cost on the right. */
export function plot(all: readonly WorldResults[], releases: number): string {
  const good = all.filter(({ world }) => world.good);
  const bad = all.filter(({ world }) => !world.good);
  const bottom = TOP + ROW * Math.max(good.length, 30);
  const height = bottom + 60;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    '<title>Releases rolled back wrongly, and bad requests until a roll-back, by rule and world</title>',
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...legend(),
    ...falseRollbacks(good, bottom, releases),
    ...costs(bad, bottom),
    '</svg>',
    '',
  ].join('\n');
}

function legend(): readonly string[] {
  return RULES.map((rule, at) => {
    const x = 20 + at * 195;
    return dot(x, 18, rule, LOOKS[rule].label) + text(x + 10, 22, LOOKS[rule].label);
  });
}

function falseRollbacks(good: readonly WorldResults[], bottom: number, releases: number): readonly string[] {
  const least = 0.5 / releases;
  const x = logScale([least, 1], [LEFT.from, LEFT.to]);
  const ticks = [0.0001, 0.001, 0.01, 0.1, 1].filter((share) => share >= least);
  return [
    text(LEFT.from, TOP - 36, 'Good releases rolled back, by world', 'font-size="14" font-weight="bold"'),
    text(LEFT.from, TOP - 20, `dashed: accepted, ${100 * LIMIT.falseRollbacks} %; at the left edge: none`),
    ...ticks.map((share) => vertical(x(share), bottom) + label(x(share), bottom + 16, `${100 * share} %`)),
    vertical(x(least), bottom) + label(x(least), bottom + 16, '0'),
    vertical(x(LIMIT.falseRollbacks), bottom, DASHED),
    label((LEFT.from + LEFT.to) / 2, bottom + 36, `share of ${releases} releases that were rolled back`),
    ...good.flatMap(({ world, results }, row) => {
      const y = TOP + ROW * (row + 0.5);
      return [
        text(LEFT.from - 10, y + 4, world.name, 'text-anchor="end"'),
        line(LEFT.from, y, LEFT.to, y, 'stroke="#eee"'),
        ...backwards.map((rule) => {
          const share = results[rule].rolled_back;
          return dot(x(Math.max(least, share)), y, rule, `${world.name}: ${percent(share)}`);
        }),
      ];
    }),
  ];
}

function costs(bad: readonly WorldResults[], bottom: number): readonly string[] {
  const y = logScale([0.1, 2000], [bottom, TOP]);
  const burns = Object.entries(CLASSES).filter(([, burn]) => burn > 1);
  const column = (RIGHT.to - RIGHT.from) / burns.length;
  const across = (value: number, attributes: string) =>
    line(RIGHT.from, y(value), RIGHT.to, y(value), attributes);
  return [
    text(
      RIGHT.from,
      TOP - 36,
      'Bad requests served before the roll-back',
      'font-size="14" font-weight="bold"',
    ),
    text(RIGHT.from, TOP - 20, `a point a world; dashed: accepted at 14.4x, ${LIMIT.badRatio}`),
    ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000].map(
      (ratio) => across(ratio, GRID) + text(RIGHT.from - 8, y(ratio) + 4, `${ratio}`, 'text-anchor="end"'),
    ),
    across(LIMIT.badRatio, DASHED),
    `<g transform="translate(${RIGHT.from - 42} ${(TOP + bottom) / 2}) rotate(-90)">${label(0, 0, 'median relative to that of the SPRT, where both rolled back')}</g>`,
    label(
      (RIGHT.from + RIGHT.to) / 2,
      bottom + 36,
      'bad ratio of the candidate in multiples of the error budget',
    ),
    ...burns.flatMap(([name], at) => {
      const from = RIGHT.from + at * column;
      const worlds = bad.filter(({ world }) => world.class === name);
      return [
        label(from + column / 2, bottom + 16, name),
        line(from, TOP, from, bottom, 'stroke="#bbb"'),
        ...RULES.flatMap((rule, place) =>
          worlds.map(({ world, results }, one) => {
            const ratio = results[rule].bad_ratio_to_sprt;
            if (rule === 'sprt' || ratio === undefined) return '';
            const inColumn = (place + 0.25 + (0.5 * one) / worlds.length) / (RULES.length - 1);
            return dot(from + column * inColumn, y(ratio), rule, `${world.name}: ${ratio}`);
          }),
        ),
      ];
    }),
  ];
}

const GRID = 'stroke="#ddd"';
const DASHED = 'stroke="black" stroke-dasharray="4 3"';

/** Ours is drawn last, over the others. */
const backwards = RULES.toReversed();

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Values outside of `domain` are drawn at its ends. */
function logScale(domain: readonly [number, number], range: readonly [number, number]) {
  const [from, to] = [Math.log(domain[0]), Math.log(domain[1])];
  return (value: number): number => {
    const part = Math.min(1, Math.max(0, (Math.log(value) - from) / (to - from)));
    return Number((range[0] + part * (range[1] - range[0])).toFixed(1));
  };
}

const vertical = (x: number, bottom: number, attributes = GRID): string =>
  line(x, TOP, x, bottom, attributes);

const line = (x1: number, y1: number, x2: number, y2: number, attributes: string): string =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${attributes}/>`;

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;

const label = (x: number, y: number, content: string): string => text(x, y, content, 'text-anchor="middle"');

const dot = (x: number, y: number, rule: RuleName, title: string): string =>
  `<circle cx="${x}" cy="${y}" r="${rule === 'ours' ? 5 : 3.5}" fill="${LOOKS[rule].colour}" fill-opacity="0.8"><title>${title}</title></circle>`;
