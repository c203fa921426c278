import type { Totals } from '../../api/artifact-release-status.ts';
import type { Side, SloQuestion } from '../../ports/slo-source.ts';
import { render, sameQuery } from './objective-queries.ts';
import { type Points, toSamples } from './points.ts';
import { QueryError } from './query-error.ts';
import { allOrFirstFailure, type QuerySession } from './query-session.ts';
import { compareSamples, judgeSamples, type ThresholdMetric } from './threshold.ts';
import { timesSince } from './time-range.ts';

/** What a query of a value may depend on; `$window` is the interval. */
type ThresholdScope = Pick<
  SloQuestion,
  'objective' | 'namespace' | 'workload' | 'digest' | 'intervalSeconds'
>;

const QUERY_NAME = 'of thresholdMetric';

/**
 * Samples of a value on both sides at the same times: every interval since the start, so that the answer depends on
 * nothing but what Prometheus has stored. A time at which one side has no value counts for the other, and compares
 * nothing. Without a stable side nothing is compared, and that is told: by it samples are known from requests.
 *
 * Rejects with QueryError: NoData before the first interval is over and where the candidate has no sample at all,
 * StaleData where its series has ended, QueryInvalid for a query that asks the same of both sides.
 */
export async function sampleTotals(
  session: QuerySession,
  question: SloQuestion,
  metric: ThresholdMetric,
): Promise<Totals> {
  const { candidate, stable, from, at, intervalSeconds, windowSeconds } = question;
  const query = renderThreshold(question, metric, candidate);
  const stableQuery = stable && renderThreshold(question, metric, stable);
  if (query === stableQuery) throw sameQuery(QUERY_NAME);
  const times = timesSince(from, at, intervalSeconds);
  if (times === undefined)
    throw new QueryError('NoData', `the first sample is taken ${intervalSeconds} s after the start`);
  const samples = (side: string, promql: string, required: boolean): Promise<Points> =>
    session.range(`query of ${side}`, promql, times, (answer) => toSamples(answer, times, { required }));
  const [ours, theirs] = await allOrFirstFailure([
    samples('candidate', query, true),
    stableQuery === undefined ? Promise.resolve(undefined) : samples('stable', stableQuery, false),
  ]);
  const ofStable = judgeSamples(theirs?.values() ?? [], metric);
  return {
    ...judgeSamples(ours.values(), metric),
    stableBad: ofStable.bad,
    stableTotal: ofStable.total,
    seconds: windowSeconds,
    ...compareSamples(theirs ? pairsOf(ours, theirs) : [], metric),
  };
}

/** The query of a value with its variables filled in. Throws QueryError QueryInvalid. */
export function renderThreshold(scope: ThresholdScope, { query }: ThresholdMetric, side: Side): string {
  return render(QUERY_NAME, query, { ...scope, windowSeconds: scope.intervalSeconds }, side);
}

const pairsOf = (ours: Points, theirs: Points): readonly (readonly [number, number])[] =>
  [...ours].flatMap(([time, value]) => {
    const other = theirs.get(time);
    return other === undefined ? [] : [[value, other] as const];
  });
