import { noSeries, parseCount } from './count.ts';
import { QueryError } from './query-error.ts';
import { hasWarnings, type QueryAnswer, type RangeResult, readAnswer } from './query-response.ts';
import { severalSeries } from './several-series.ts';
import type { TimeRange } from './time-range.ts';

/** Values by time, in milliseconds since 1970, oldest first. A time without a value is not among them. */
export type Points = ReadonlyMap<number, number>;

/** So late, or a whole step where that is longer, may the last scrape be. */
const MAX_SILENCE_MS = 60_000;

interface Expectation {
  /** That there is nothing is an error. */
  readonly required: boolean;
}

/**
 * The one series of an answer as samples of a value. NaN is no sample, for it means that there was nothing to measure;
 * an infinite value is one, and larger or smaller than all others.
 *
 * Throws QueryError: AmbiguousResult for several series, NotANumber for a histogram, NoData for no series where
 * Prometheus warns of something that may be missing; and where samples are `required`, NoData where there is none, and
 * StaleData where the series, NaN included, has ended more than 60 s and a step before the range does.
 */
export function toSamples(
  answer: QueryAnswer<RangeResult>,
  { endMs, stepMs }: TimeRange,
  { required }: Expectation,
): Points {
  return readAnswer(answer, (result) => {
    const points = oneSeries(result, 'avg(...)').map(([at, text]) => [at, parseValue(text)] as const);
    const samples = new Map(points.filter(([, value]) => !Number.isNaN(value)));
    const newest = points.at(-1);
    if (newest === undefined && (required || hasWarnings(answer))) throw noSeries();
    if (newest === undefined || !required) return samples;
    const silenceMs = endMs - newest[0];
    if (silenceMs > Math.max(MAX_SILENCE_MS, stepMs)) throw ended(silenceMs);
    if (samples.size === 0) throw new QueryError('NoData', 'yields nothing but NaN: nothing to measure yet');
    return samples;
  });
}

/**
 * The one series of an answer as counts, each at least 0 and rounded to three decimals. Throws QueryError:
 * AmbiguousResult for several series, NotANumber for NaN, ±Inf, a number that is negative or above 2^53, or a
 * histogram, and NoData where there is none and counts are `required`, or Prometheus warns of something that may be
 * missing.
 */
export function toCounts(answer: QueryAnswer<RangeResult>, { required }: Expectation): Points {
  return readAnswer(answer, (result) => {
    const points = oneSeries(result, 'sum(...)');
    if (points.length === 0 && (required || hasWarnings(answer))) throw noSeries();
    return new Map(points.map(([at, text]) => [at, parseCount(text)]));
  });
}

function oneSeries({ result }: RangeResult, remedy: string): readonly (readonly [number, string])[] {
  const [series, ...others] = result;
  if (series === undefined) return [];
  if (others.length > 0) throw severalSeries(result, remedy);
  if (series.histograms.length > 0)
    throw new QueryError('NotANumber', 'yields a native histogram; wrap it in histogram_count(...)');
  return series.values.map(([atSeconds, text]) => [Math.round(atSeconds * 1000), text]);
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

const ended = (silenceMs: number): QueryError =>
  new QueryError(
    'StaleData',
    `has no value since ${Math.round(silenceMs / 1000)} s; check that the pods are scraped and the query filters nothing`,
  );
