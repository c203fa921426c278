import { QueryError } from './query-error.ts';

export type SideName = 'candidate' | 'stable';

/** Bad and all requests of one side. */
export interface SideTotals {
  readonly bad: number;
  readonly total: number;
}

/**
 * Extrapolation to the edges of the window can put the bad requests a little above all of them, most where there
 * are few. Beyond half as many again and five, the two queries do not count the same requests.
 */
const isContradiction = (bad: number, total: number): boolean => bad > total * 1.5 + 5;

/**
 * Puts the two counts of a side together; undefined is an answer without a series.
 *
 * A counter that was never incremented is usually not exposed, so no series of bad requests means none were bad.
 * Bad requests are cut at the total. Throws QueryError AmbiguousResult if they are far beyond it.
 */
export function toSideTotals(side: SideName, bad: number | undefined, total: number | undefined): SideTotals {
  if (total === undefined) return { bad: 0, total: 0 };
  if (bad === undefined) return { bad: 0, total };
  if (isContradiction(bad, total))
    throw new QueryError(
      'AmbiguousResult',
      `${side} has ${bad} bad of ${total} in total; both queries must count the same requests`,
    );
  return { bad: Math.min(bad, total), total };
}
