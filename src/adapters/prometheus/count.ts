import { QueryError } from './query-error.ts';
import { type QueryAnswer, type QueryResult, type QuerySeries, shorten } from './query-response.ts';
import { roundCount } from './side-totals.ts';

/** Prometheus stamps an instant result with the time that was asked for; an older one comes from a cache. */
const MAX_AGE_SECONDS = 60;

/** Enough to find the aggregation that is missing. */
const MAX_LABELS = 6;

/**
 * The one count of an answer, at least 0 and rounded to three decimals; undefined for no series.
 * `atSeconds` is the time that was asked for, in seconds since 1970.
 *
 * Throws QueryError: AmbiguousResult for several series, NotANumber for NaN, ±Inf, a negative number or a
 * histogram, StaleData for a sample more than 60 s older than asked, QueryInvalid for a matrix or a string, NoData
 * for no series where the count is `required`. What Prometheus warned about is in the message: it may be the cause.
 */
export function toCount(
  { result, warnings }: QueryAnswer,
  atSeconds: number,
  { required }: { readonly required: boolean },
): number | undefined {
  try {
    const count = readResult(result, atSeconds);
    if (count === undefined && required)
      throw new QueryError('NoData', 'yields no series; check its labels, and that the pods are scraped');
    return count;
  } catch (error) {
    if (!(error instanceof QueryError) || warnings.length === 0) throw error;
    const warning = shorten(warnings.join('; '));
    throw new QueryError(error.reason, `${error.message} (Prometheus warns: ${warning})`, error);
  }
}

function readResult(result: QueryResult, atSeconds: number): number | undefined {
  if (result.resultType === 'scalar') return checkSample(result.result, atSeconds);
  if (result.resultType !== 'vector')
    throw new QueryError(
      'QueryInvalid',
      `yields a ${result.resultType}, not one number; wrap it in sum(increase(...))`,
    );
  const [series, ...others] = result.result;
  if (series === undefined) return undefined;
  if (others.length > 0) throw new QueryError('AmbiguousResult', describeSeries(result.result));
  if (series.value === undefined)
    throw new QueryError('NotANumber', 'yields a native histogram; wrap it in histogram_count(...)');
  return checkSample(series.value, atSeconds);
}

function checkSample([sampledAt, text]: readonly [number, string], atSeconds: number): number {
  const ageSeconds = atSeconds - sampledAt;
  if (ageSeconds > MAX_AGE_SECONDS)
    throw new QueryError(
      'StaleData',
      `the newest sample is ${Math.round(ageSeconds)} s old; check that the targets are scraped and no cache answers`,
    );
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0)
    throw new QueryError('NotANumber', `yields ${text}; it must be a count, such as sum(increase(...))`);
  return roundCount(value);
}

function describeSeries(series: readonly QuerySeries[]): string {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const differing = labels.filter((label) => new Set(series.map(({ metric }) => metric[label])).size > 1);
  const shown = differing.slice(0, MAX_LABELS).join(', ');
  const more = differing.length > MAX_LABELS ? ` and ${differing.length - MAX_LABELS} more` : '';
  return `yields ${series.length} series that differ in ${shown}${more}; wrap it in sum(...)`;
}
