import { toCount } from './count.ts';
import { missingBucket } from './missing-bucket.ts';
import { allOrFirstFailure, type QuerySession } from './query-session.ts';
import { type SideQueries, totalName } from './side-queries.ts';
import { type SideName, type SideTotals, toSideTotals } from './side-totals.ts';

export interface CountedSide extends SideTotals {
  /** There are requests, but no series of good ones: none was good, or the query is about none. */
  readonly noGood: boolean;
}

/**
 * Bad and all requests of one side at `at`, by two instant queries in parallel. Rejects with QueryError: NoData where
 * a side other than stable has no series of requests, QueryInvalid where the threshold of a latency is no boundary of
 * a bucket.
 */
export async function countSide(
  session: QuerySession,
  side: SideName,
  queries: SideQueries,
  at: Date,
): Promise<CountedSide> {
  const { total, part, buckets } = queries;
  const partName = `query ${part.kind} of ${side}`;
  const atSeconds = at.getTime() / 1000;
  const count = (name: string, promql: string, required: boolean): Promise<number | undefined> =>
    session.instant(name, promql, atSeconds, (answer) => toCount(answer, atSeconds, { required }));
  const [all, counted] = await allOrFirstFailure([
    count(totalName(side, queries), total, side !== 'stable'),
    count(partName, part.query, false),
  ]);
  if (buckets && all && counted === undefined)
    throw await missingBucket(session, partName, buckets, atSeconds);
  const noGood = part.kind === 'good' && counted === undefined && Boolean(all);
  return { ...toSideTotals(side, part.kind, counted, all), noGood };
}
