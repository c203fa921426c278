import type { Objective } from '../../api/artifact-release-spec.ts';
import { allOf, anyOf, increaseOf } from './increase.ts';
import { bucketMatcher, inUnit } from './latency-threshold.ts';
import type { LatencyUnit, SideQueries } from './side-queries.ts';

type LatencyMetric = NonNullable<Objective['latencyMetric']>;

/** The queries of a latencyMetric, with variables: requests of all latencies, and those that were fast enough. */
export function latencyQueries({ histogram, type, selector, threshold, unit }: LatencyMetric): SideQueries {
  return type === 'Classic'
    ? classicQueries({ histogram, where: [allOf(selector)], threshold, unit })
    : nativeQueries(histogram, allOf(selector), inUnit(threshold, unit));
}

export interface ClassicHistogram {
  /** Without `_bucket`. */
  readonly histogram: string;
  /** Label matchers without braces; a series needs those of one element. */
  readonly where: readonly string[];
  readonly threshold: string;
  readonly unit: LatencyUnit;
}

/** A bucket counts all requests up to its boundary, itself among them. */
export function classicQueries({ histogram, where, threshold, unit }: ClassicHistogram): SideQueries {
  const bucket = `${histogram}_bucket`;
  const fast = where.map((matchers) => allOf(bucketMatcher(inUnit(threshold, unit)), matchers));
  return {
    total: `sum(${increaseOf(`${histogram}_count`, where)})`,
    metric: `${histogram}_count`,
    part: { kind: 'good', query: `sum(${increaseOf(bucket, fast)})` },
    buckets: {
      query: `group by (le) (${anyOf(where, (matchers) => `${bucket}{${matchers}}`)})`,
      histogram,
      threshold,
      unit,
    },
  };
}

/**
 * Within the bucket of the threshold the share is interpolated. No requests have no share, which is NaN: the
 * comparison drops it, so that it is no series, as of a counter that was never incremented.
 */
function nativeQueries(histogram: string, matchers: string, threshold: number): SideQueries {
  const all = `sum(${increaseOf(histogram, [matchers])})`;
  return {
    total: `histogram_count(${all})`,
    metric: histogram,
    part: {
      kind: 'good',
      query: `histogram_fraction(-Inf, ${threshold}, ${all}) * histogram_count(${all}) >= 0`,
    },
  };
}
