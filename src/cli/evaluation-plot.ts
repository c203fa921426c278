import { shortDigest } from '../domain/digest.ts';
import type { LoggedEvaluation } from '../domain/replay/replay.ts';
import { type Point, pointOf } from '../domain/replay/series.ts';
import { clockTime } from '../domain/time.ts';
import { area, element, label, line, type Pixel, pictureTitle } from './svg.ts';

const WIDTH = 960;
const LEFT = 80;
const RIGHT = 24;
const TITLE = 44;
const RATIO = { top: TITLE, height: 240 };
const EVIDENCE = { top: TITLE + 240 + 24, height: 72 };
const PANEL = EVIDENCE.top + EVIDENCE.height + 40;

const COLOUR = { candidate: '#b3261e', stable: '#1f5fae', acceptable: '#5f6368', evidence: '#7a3e9d' };

/** How far above the ratio that is acceptable the scale goes, where nothing needs more. */
const HEADROOM = 3;

/** Ratios and evidence over time as SVG: a panel for each objective of each trial, one below the other. */
export function evaluationPlot(evaluations: readonly LoggedEvaluation[]): string {
  const byTitle = Map.groupBy(evaluations, titleOf);
  const panels = [...byTitle].map(([title, of]) => panel(title, of.map(pointOf)));
  const height = panels.length * PANEL;
  const background = element('rect', { width: WIDTH, height, fill: '#ffffff' });
  const stacked = panels.map((one, index) =>
    element('g', { transform: `translate(0 ${index * PANEL})` }, one),
  );
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${height}`,
      ...{ width: WIDTH, height, 'font-family': 'sans-serif', 'font-size': 12, fill: '#202124' },
    },
    pictureTitle([...byTitle.keys()].join('; ')),
    background,
    ...stacked,
  )}\n`;
}

const titleOf = ({ attempt, digest, objective, release }: LoggedEvaluation): string =>
  `${release} ${shortDigest(digest)}, attempt ${attempt}: ${objective}`;

function panel(title: string, unsorted: readonly Point[]): string {
  const points = unsorted.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const x = timeScale(points);
  return [
    label([LEFT, 18], title, { 'font-size': 14, 'font-weight': 'bold' }),
    legend(),
    stages(points, x),
    ratios(points, x),
    evidence(points, x),
    ...[points[0], points.at(-1)].map((point, index) =>
      point
        ? label([x(point), PANEL - 22], clockTime(new Date(point.at)), {
            'text-anchor': index ? 'end' : 'start',
          })
        : '',
    ),
  ].join('');
}

type Scale<T> = (value: T) => number;

function timeScale(points: readonly Point[]): Scale<Point> {
  const times = points.map(({ at }) => Date.parse(at));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const span = Math.max(1, last - first);
  return ({ at }) => LEFT + ((WIDTH - LEFT - RIGHT) * (Date.parse(at) - first)) / span;
}

/** Upwards, from 0; what is beyond the highest value is drawn at the edge. */
const upwards =
  ({ height, top }: { readonly top: number; readonly height: number }, highest: number): Scale<number> =>
  (value) =>
    top + height * (1 - Math.min(1, value / highest));

function ratios(points: readonly Point[], x: Scale<Point>): string {
  const seen = points.flatMap(({ acceptable, candidate = 0, stable = 0 }) => [
    HEADROOM * acceptable,
    1.2 * candidate,
    1.2 * stable,
  ]);
  const highest = Math.min(1, Math.max(...seen));
  const y = upwards(RATIO, highest);
  const at = (point: Point, ratio: number): Pixel => [x(point), y(ratio)];
  const through = (of: (point: Point) => number | undefined) =>
    points.map((point) => {
      const ratio = of(point);
      return ratio === undefined ? undefined : at(point, ratio);
    });
  return [
    area(
      points.map((point) => at(point, point.interval.upper)),
      points.map((point) => at(point, point.interval.lower)),
      { fill: COLOUR.candidate, 'fill-opacity': 0.15 },
    ),
    line(
      through(({ acceptable }) => acceptable),
      { stroke: COLOUR.acceptable, 'stroke-dasharray': '6 4' },
    ),
    line(
      through(({ stable }) => stable),
      { stroke: COLOUR.stable, 'stroke-width': 2 },
    ),
    line(
      through(({ candidate }) => candidate),
      { stroke: COLOUR.candidate, 'stroke-width': 2 },
    ),
    axis(
      RATIO,
      [0, highest / 2, highest].map((ratio) => [y(ratio), `${(100 * ratio).toPrecision(2)}%`] as const),
    ),
  ].join('');
}

function evidence(points: readonly Point[], x: Scale<Point>): string {
  const y = upwards(EVIDENCE, 100);
  return [
    line(
      points.map((point) => [x(point), y(point.evidence)] as const),
      {
        ...{ stroke: COLOUR.evidence, 'stroke-width': 2 },
      },
    ),
    axis(
      EVIDENCE,
      [0, 50, 100].map((percent) => [y(percent), `${percent}%`] as const),
    ),
  ].join('');
}

function axis({ height, top }: typeof RATIO, ticks: readonly (readonly [y: number, text: string])[]): string {
  const frame = element('rect', {
    ...{ x: LEFT, y: top, width: WIDTH - LEFT - RIGHT, height, fill: 'none', stroke: '#9aa0a6' },
  });
  return [frame, ...ticks.map(([y, text]) => label([LEFT - 8, y + 4], text, { 'text-anchor': 'end' }))].join(
    '',
  );
}

/** A line where a step or the bake begins. */
function stages(points: readonly Point[], x: Scale<Point>): string {
  return points
    .filter((point, index) => point.stage !== points[index - 1]?.stage)
    .map((point) => {
      const end = EVIDENCE.top + EVIDENCE.height;
      const name = point.stage === 'bake' ? 'bake' : `${point.weight}%`;
      const mark = line(
        [
          [x(point), RATIO.top],
          [x(point), end],
        ],
        { stroke: '#dadce0' },
      );
      return mark + label([x(point) + 4, RATIO.top + 14], name, { fill: '#5f6368' });
    })
    .join('');
}

function legend(): string {
  const entries = [
    ['candidate, with its confidence sequence', COLOUR.candidate],
    ['stable', COLOUR.stable],
    ['acceptable', COLOUR.acceptable],
    ['evidence, in percent of what a roll-back needs', COLOUR.evidence],
  ] as const;
  const spans = entries.map(([text, fill]) => element('tspan', { fill, dx: 12 }, text));
  return element('text', { x: LEFT - 12, y: 36 }, ...spans);
}
