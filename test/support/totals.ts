import type { Totals } from '../../src/api/artifact-release-status.ts';

/** Counts of one segment in the order in which people say them: candidate bad of total, stable bad of total. */
export const totals = (
  bad: number,
  total: number,
  stableBad = 0,
  stableTotal = 0,
  seconds = 600,
): Totals => ({
  bad,
  total,
  stableBad,
  stableTotal,
  seconds,
});
