import { QueryError } from './query-error.ts';

/** `service` is both of them together. */
export type SideName = 'candidate' | 'stable' | 'service';

/** Which requests a query counts beside all of them. */
export type PartKind = 'bad' | 'good';

/** Bad and all requests of one side. */
export interface SideTotals {
  readonly bad: number;
  readonly total: number;
}

/**
 * Extrapolation to the edges of the window can put a part of the requests a little above all of them, most where
 * there are few. Beyond half as many again and five, the two queries do not count the same requests.
 */
const isContradiction = (part: number, total: number): boolean => part > total * 1.5 + 5;

/**
 * Puts the two counts of a side together; undefined is an answer without a series.
 *
 * A counter that was never incremented is usually not exposed: no series of bad requests means that none were bad,
 * and no series of good ones that none were good. The part is cut at the total. Throws QueryError AmbiguousResult if
 * it is far beyond it.
 */
export function toSideTotals(
  side: SideName,
  kind: PartKind,
  part: number | undefined,
  total: number | undefined,
): SideTotals {
  if (total === undefined) return { bad: 0, total: 0 };
  const counted = part ?? 0;
  if (isContradiction(counted, total))
    throw new QueryError(
      'AmbiguousResult',
      `${side} has ${counted} ${kind} of ${total} in total; both queries must count the same requests`,
    );
  const within = Math.min(counted, total);
  return { bad: kind === 'bad' ? within : roundCount(total - within), total };
}

/** To three decimals, which is finer than extrapolation is true. */
export const roundCount = (count: number): number => Math.round(count * 1000) / 1000;
