import { asThreshold, inUnit } from './latency-threshold.ts';
import { QueryError } from './query-error.ts';
import { type InstantResult, type QueryAnswer, shorten } from './query-response.ts';
import type { QuerySession } from './query-session.ts';
import type { BucketsQuery } from './side-queries.ts';

/**
 * Why there is no count of fast requests beside one of all. Asked for only then, at `atSeconds` since 1970: to take it
 * for no fast request would blame the release for a threshold that is no boundary. Rejects with QueryError where the
 * boundaries cannot be asked for.
 */
export async function missingBucket(
  session: QuerySession,
  place: string,
  buckets: BucketsQuery,
  atSeconds: number,
): Promise<QueryError> {
  const boundaries = await session.instant(place, buckets.query, atSeconds, boundariesOf);
  return explain(boundaries, buckets).within(place);
}

function explain(boundaries: readonly number[], { histogram, threshold, unit }: BucketsQuery): QueryError {
  if (boundaries.length === 0)
    return new QueryError(
      'NoData',
      `there is no series ${histogram}_bucket; for a native histogram use latencyMetric with type Native`,
    );
  if (boundaries.includes(inUnit(threshold, unit)))
    return new QueryError(
      'NoData',
      `the bucket of ${threshold} was not always there; give all pods the same buckets`,
    );
  const existing = boundaries.map((boundary) => asThreshold(boundary, unit)).join(', ');
  return new QueryError(
    'QueryInvalid',
    `${threshold} is no boundary of a bucket of ${histogram}; these are: ${shorten(existing)}`,
  );
}

/** Finite ones, each once, smallest first: what is in no other bucket is in that of +Inf. */
function boundariesOf({ result }: QueryAnswer<InstantResult>): readonly number[] {
  const series = result.resultType === 'vector' ? result.result : [];
  const boundaries = new Set(series.map(({ metric }) => Number(metric.le)).filter(Number.isFinite));
  return [...boundaries].sort((a, b) => a - b);
}
