import type { Totals } from '../../api/artifact-release-status.ts';
import type { Reading } from '../../domain/reading.ts';
import type { SloQuestion, SloSource } from '../../ports/slo-source.ts';
import { countSide } from './count-side.ts';
import { renderQueries } from './objective-queries.ts';
import type { PrometheusSources } from './prometheus-sources.ts';
import { QueryError } from './query-error.ts';
import { allOrFirstFailure, type QuerySession } from './query-session.ts';
import { sampleTotals } from './sample-totals.ts';

/**
 * Counts of an objective from Prometheus: four instant queries in parallel, two where there is no stable side; of a
 * thresholdMetric, one range query for each side.
 *
 * What cannot be counted is an unknown reading, whose message names the objective, the query and a remedy. Where
 * several queries fail, always the same one is named, so that a status does not change by chance.
 */
export class PrometheusSloSource implements SloSource {
  readonly #sources: PrometheusSources;

  constructor(sources: PrometheusSources) {
    this.#sources = sources;
  }

  /**
   * Resolves within the timeout of the source, whatever Prometheus does, and within twice that where the bucket of a
   * threshold is missed; an aborted signal is MetricsUnavailable.
   */
  async totals(question: SloQuestion, signal: AbortSignal): Promise<Reading<Totals>> {
    const { thresholdMetric } = question.objective;
    return await this.#sources.read(question, signal, (session) =>
      thresholdMetric ? sampleTotals(session, question, thresholdMetric) : countTotals(session, question),
    );
  }
}

async function countTotals(session: QuerySession, question: SloQuestion): Promise<Totals> {
  const { at, windowSeconds } = question;
  const queries = renderQueries(question);
  const [candidate, stable] = await allOrFirstFailure([
    countSide(session, 'candidate', queries.candidate, at),
    queries.stable === undefined
      ? Promise.resolve({ bad: 0, total: 0, noGood: false })
      : countSide(session, 'stable', queries.stable, at),
  ]);
  // One side without a good request may well be broken; if both of them are, it is more likely the query.
  if (candidate.noGood && stable.noGood)
    throw new QueryError('NoData', 'query good: yields no series on either side; check its labels');
  return {
    bad: candidate.bad,
    total: candidate.total,
    stableBad: stable.bad,
    stableTotal: stable.total,
    seconds: windowSeconds,
  };
}
