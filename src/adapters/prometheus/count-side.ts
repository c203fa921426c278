import { toCount } from './count.ts';
import type { SideQueries } from './objective-queries.ts';
import { allOrFirstFailure, type QuerySession } from './query-session.ts';
import { type SideName, type SideTotals, toSideTotals } from './side-totals.ts';

/**
 * Bad and all requests of one side at `at`, by two instant queries in parallel. Rejects with QueryError, NoData where
 * a side other than stable has no series of requests.
 */
export async function countSide(
  session: QuerySession,
  side: SideName,
  { total, part }: SideQueries,
  at: Date,
): Promise<SideTotals> {
  const atSeconds = at.getTime() / 1000;
  const count = (kind: string, promql: string, required: boolean): Promise<number | undefined> =>
    session.instant(`query ${kind} of ${side}`, promql, atSeconds, (answer) =>
      toCount(answer, atSeconds, { required }),
    );
  const [all, counted] = await allOrFirstFailure([
    count('total', total, side !== 'stable'),
    count(part.kind, part.query, false),
  ]);
  return toSideTotals(side, part.kind, counted, all);
}
