import type { Count } from '../../domain/evidence/count.ts';
import type { Reading } from '../../domain/reading.ts';
import type { ServiceQuestion, ServiceSource } from '../../ports/service-source.ts';
import { countSide } from './count-side.ts';
import { missingBucket } from './missing-bucket.ts';
import { renderSide } from './objective-queries.ts';
import { type Points, toCounts, toSamples } from './points.ts';
import type { PrometheusSources } from './prometheus-sources.ts';
import { allOrFirstFailure, type QuerySession } from './query-session.ts';
import { renderThreshold } from './sample-totals.ts';
import { totalName } from './side-queries.ts';
import { toSideTotals } from './side-totals.ts';
import { judgeSamples, type ThresholdMetric } from './threshold.ts';
import { timesBefore } from './time-range.ts';

type SlicesQuestion = ServiceQuestion & { readonly sliceSeconds: number };

/**
 * Counts of a whole service from Prometheus: two queries, or one of a thresholdMetric, whose value is sampled every
 * interval back from `at`. Unknown readings and their messages are those of PrometheusSloSource.
 *
 * `$track` of a whole service is `(canary|stable)`, so that a query that uses it must match it with `=~`.
 */
export class PrometheusServiceSource implements ServiceSource {
  readonly #sources: PrometheusSources;

  constructor(sources: PrometheusSources) {
    this.#sources = sources;
  }

  async counts(question: ServiceQuestion, signal: AbortSignal): Promise<Reading<Count>> {
    const { thresholdMetric } = question.objective;
    return await this.#sources.read(question, signal, async (session) => {
      if (thresholdMetric) {
        const samples = await sample(session, question, thresholdMetric, question.windowSeconds);
        return judgeSamples(samples.values(), thresholdMetric);
      }
      const queries = renderSide(question, question);
      const { bad, total } = await countSide(session, 'service', queries, question.at);
      return { bad, total };
    });
  }

  /**
   * A slice without a series of requests has none. Of a thresholdMetric a slice has as many samples as intervals fall
   * into it: their number tells how much a release will learn in a time, and where it is more than one, how they
   * differ from slice to slice tells whether bad samples come in clumps.
   */
  async slices(question: SlicesQuestion, signal: AbortSignal): Promise<Reading<readonly Count[]>> {
    const { thresholdMetric } = question.objective;
    return await this.#sources.read(question, signal, (session) =>
      thresholdMetric ? sampleSlices(session, question, thresholdMetric) : countSlices(session, question),
    );
  }
}

async function sample(
  session: QuerySession,
  question: ServiceQuestion,
  metric: ThresholdMetric,
  windowSeconds: number,
): Promise<Points> {
  const times = timesBefore(question.at, windowSeconds, question.intervalSeconds);
  return await session.range(
    'query of service',
    renderThreshold(question, metric, question),
    times,
    (answer) => toSamples(answer, times, { required: true }),
  );
}

async function sampleSlices(
  session: QuerySession,
  question: SlicesQuestion,
  metric: ThresholdMetric,
): Promise<readonly Count[]> {
  const { sliceSeconds } = question;
  const samples = await sample(session, question, metric, sliceCount(question) * sliceSeconds);
  return sliced(samples, question).map((values) => judgeSamples(values, metric));
}

async function countSlices(session: QuerySession, question: SlicesQuestion): Promise<readonly Count[]> {
  const { at, sliceSeconds } = question;
  const times = timesBefore(at, sliceCount(question) * sliceSeconds, sliceSeconds);
  const queries = renderSide({ ...question, windowSeconds: sliceSeconds }, question);
  const { total, part, buckets } = queries;
  const partName = `query ${part.kind} of service`;
  const count = (name: string, promql: string, required: boolean): Promise<Points> =>
    session.range(name, promql, times, (answer) => toCounts(answer, { required }));
  const [all, counted] = await allOrFirstFailure([
    count(totalName('service', queries), total, true),
    count(partName, part.query, false),
  ]);
  const parts = sliced(counted, question);
  const slices = sliced(all, question).map(([ofSlice], index) => [parts[index]?.[0], ofSlice] as const);
  if (buckets && slices.some(([ofPart, ofSlice]) => ofSlice && ofPart === undefined))
    throw await missingBucket(session, partName, buckets, at.getTime() / 1000);
  return slices.map(([ofPart, ofSlice]) => toSideTotals('service', part.kind, ofPart, ofSlice));
}

const sliceCount = ({ windowSeconds, sliceSeconds }: SlicesQuestion): number =>
  Math.max(1, Math.floor(windowSeconds / sliceSeconds));

/** The values of each slice, oldest slice first. A slice is open at its start: what it counts is from after it. */
function sliced(points: Points, question: SlicesQuestion): readonly (readonly number[])[] {
  const slices = Array.from({ length: sliceCount(question) }, (): number[] => []);
  for (const [time, value] of points) {
    const age = Math.floor((question.at.getTime() - time) / (question.sliceSeconds * 1000));
    slices.at(-1 - age)?.push(value);
  }
  return slices;
}
