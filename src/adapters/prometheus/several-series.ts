import { QueryError } from './query-error.ts';

interface Labelled {
  readonly metric: Readonly<Record<string, string>>;
}

/** Enough to find the aggregation that is missing. */
const MAX_LABELS = 6;

/** The error of a query that should yield one series; `remedy` is the aggregation to put around it. */
export function severalSeries(series: readonly Labelled[], remedy: string): QueryError {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const differing = labels.filter((label) => new Set(series.map(({ metric }) => metric[label])).size > 1);
  const shown = differing.slice(0, MAX_LABELS).join(', ');
  const more = differing.length > MAX_LABELS ? ` and ${differing.length - MAX_LABELS} more` : '';
  return new QueryError(
    'AmbiguousResult',
    `yields ${series.length} series that differ in ${shown}${more}; wrap it in ${remedy}`,
  );
}
