import { toThousandths } from './evaluation.ts';
import { type Count, sumCounts } from './evidence/count.ts';
import type { ServiceBudgets, ServiceCounts, WindowCount } from './observation.ts';
import { known, type Reading } from './reading.ts';
import { burnOver } from './service-burn.ts';
import { secondsWithTraffic } from './slices.ts';
import { seconds, spanText } from './time.ts';

/** Enough to see to an hour in 30 days since when there are requests; at most what a query is answered for at once. */
const SLICES = 720;
/** Several scrapes fall into it. */
const SHORTEST_SLICE_SECONDS = 300;

/** How a time window is asked for: in whole seconds, as counts of slices that lie one after the other. */
export function budgetWindow(timeWindow: string): { windowSeconds: number; sliceSeconds: number } {
  const windowSeconds = seconds(timeWindow);
  return { windowSeconds, sliceSeconds: Math.max(SHORTEST_SLICE_SECONDS, Math.ceil(windowSeconds / SLICES)) };
}

/** The counts of a window from those of its slices, oldest first. The time before the first request is not counted. */
export const overWindow = (slices: Reading<readonly Count[]>, sliceSeconds: number): WindowCount =>
  slices.known
    ? { count: known(sumCounts(slices.value)), seconds: secondsWithTraffic(slices.value, sliceSeconds) }
    : { count: slices, seconds: 0 };

/**
 * Error budget that a service has spent, in percent of that of the whole window: at least 0, and more than 100 where
 * it spent more than there is, to three decimals. Absent where its counts are unknown or without requests.
 *
 *     100 · bad / ((1 − target) · expected requests in the window)
 *
 * Expected is the rate of the time that was counted, times the window; so never fewer than were counted. Metrics are
 * often kept for less than a window, and a service may be younger: with the counted requests alone, one hour with a
 * bad ratio of twice what is allowed would have spent 30 days of budget. The part that is not counted has kept the
 * objective in full, which speaks for the service.
 *
 * Source: Google SRE Workbook, ch. 2 and 5 (the budget is 1 − target of the requests in the window), and appendix B,
 * "Example Error Budget Policy": once it is spent, releases halt but for those that mend the service.
 */
export function budgetSpent(counts: ServiceCounts): number | undefined {
  const burn = burnOver(counts.terms.timeWindow, counts);
  return burn === undefined ? undefined : toThousandths(100 * burn);
}

/** An objective whose error budget is gone. */
export interface Exhausted {
  /** At least 100. */
  readonly spentPercent: number;
  /** Objective, what is spent of which window, and how much of that was counted, for people. */
  readonly message: string;
}

/** The objective that has spent most of its budget, if that is all of it or more. What is not known is not spent. */
export function exhaustedBudget(budgets: ServiceBudgets): Exhausted | undefined {
  const exhausted = [...budgets].flatMap(([objective, counts]) => {
    const spentPercent = budgetSpent(counts) ?? 0;
    return spentPercent < 100 ? [] : [{ spentPercent, message: describe(objective, counts, spentPercent) }];
  });
  return exhausted.reduce<Exhausted | undefined>(
    (worst, one) => (worst && worst.spentPercent >= one.spentPercent ? worst : one),
    undefined,
  );
}

/** `availability 99.9%: 137% of the 30d error budget is spent, as counted over 15d00h`. */
function describe(objective: string, { terms, windows }: ServiceCounts, spentPercent: number): string {
  const { target, timeWindow } = terms;
  const counted = spanText((windows.get(timeWindow)?.seconds ?? 0) * 1000);
  return `${objective} ${target}%: ${Math.floor(spentPercent)}% of the ${timeWindow} error budget is spent, as counted over ${counted}`;
}
