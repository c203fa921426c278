/** Label names and values of one series. */
export type Labels = Readonly<Record<string, string>>;

/** A counter or gauge: its value, and what one scrape after the other adds to it. */
export interface PlainSeries {
  readonly name: string;
  readonly labels: Labels;
  readonly start?: number;
  readonly step: number;
}

/** A histogram of latencies: how many requests of which latency one scrape after the other adds. */
export interface HistogramSeries {
  readonly name: string;
  readonly labels: Labels;
  /** Boundaries as this exporter spells them, without +Inf, in the unit of the latencies. */
  readonly boundaries: readonly string[];
  readonly steps: readonly { readonly latency: number; readonly requests: number }[];
}

export type Series = PlainSeries | HistogramSeries;

/**
 * What a scrape finds: the text format of Prometheus, version 0.0.4, with the time of every sample. `index` counts
 * scrapes from 0, `timeMs` is since 1970.
 */
export function exposition(all: readonly Series[], index: number, timeMs: number): string {
  const families = Map.groupBy(all, ({ name }) => name);
  return [...families]
    .map(([name, series]) => {
      const type = series.some(isHistogram) ? 'histogram' : 'untyped';
      return [`# TYPE ${name} ${type}`, ...series.flatMap((one) => samplesOf(one, index, timeMs)), ''].join(
        '\n',
      );
    })
    .join('');
}

export const isHistogram = (series: Series): series is HistogramSeries => 'boundaries' in series;

function samplesOf(series: Series, index: number, timeMs: number): readonly string[] {
  const { name, labels } = series;
  const sample = (suffix: string, value: number, more: Labels = {}): string =>
    `${name}${suffix}{${labelText({ ...labels, ...more })}} ${value} ${timeMs}`;
  if (!isHistogram(series)) return [sample('', (series.start ?? 0) + index * series.step)];
  const { boundaries, steps } = series;
  const upTo = (boundary: number): number =>
    index * sum(steps.filter(({ latency }) => latency <= boundary).map(({ requests }) => requests));
  return [
    ...boundaries.map((le) => sample('_bucket', upTo(Number(le)), { le })),
    sample('_bucket', upTo(Number.POSITIVE_INFINITY), { le: '+Inf' }),
    sample('_sum', index * sum(steps.map(({ latency, requests }) => latency * requests))),
    sample('_count', upTo(Number.POSITIVE_INFINITY)),
  ];
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
