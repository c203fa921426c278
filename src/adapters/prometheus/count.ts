import { QueryError } from './query-error.ts';
import { hasWarnings, type InstantResult, type QueryAnswer, readAnswer } from './query-response.ts';
import { severalSeries } from './several-series.ts';
import { roundCount } from './side-totals.ts';

/** Prometheus stamps an instant result with the time that was asked for; an older one comes from a cache. */
const MAX_AGE_SECONDS = 60;

/**
 * The one count of an answer, at least 0 and rounded to three decimals; undefined for no series.
 * `atSeconds` is the time that was asked for, in seconds since 1970.
 *
 * Throws QueryError: AmbiguousResult for several series, NotANumber for NaN, ±Inf, a number that is negative or above
 * 2^53, or a histogram, StaleData for a sample more than 60 s older than asked, QueryInvalid for a matrix or a string,
 * NoData for no series where the count is `required`, or where Prometheus warns of something that may be missing. What
 * it warned about is in the message: it may be the cause.
 */
export function toCount(
  answer: QueryAnswer<InstantResult>,
  atSeconds: number,
  { required }: { readonly required: boolean },
): number | undefined {
  return readAnswer(answer, (result) => {
    const count = readResult(result, atSeconds);
    if (count === undefined && (required || hasWarnings(answer))) throw noSeries();
    return count;
  });
}

export const noSeries = (): QueryError =>
  new QueryError('NoData', 'yields no series; check its labels, and that the pods are scraped');

function readResult(result: InstantResult, atSeconds: number): number | undefined {
  if (result.resultType === 'scalar') return checkSample(result.result, atSeconds);
  if (result.resultType !== 'vector')
    throw new QueryError(
      'QueryInvalid',
      `yields a ${result.resultType}, not one number; wrap it in sum(increase(...))`,
    );
  const [series, ...others] = result.result;
  if (series === undefined) return undefined;
  if (others.length > 0) throw severalSeries(result.result, 'sum(...)');
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
  return parseCount(text);
}

/** From 0 to 2^53, rounded to three decimals. Throws QueryError NotANumber for everything else. */
export function parseCount(text: string): number {
  const value = Number(text);
  // Beyond 2^53 one request more changes nothing, and what is computed from it may end up infinite.
  if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER))
    throw new QueryError('NotANumber', `yields ${text}; it must be a count, such as sum(increase(...))`);
  return roundCount(value);
}
