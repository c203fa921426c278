import { burnRate } from './error-budget.ts';
import { logEvidenceAbove } from './evidence/budget-test.ts';
import type { Count } from './evidence/count.ts';
import type { ServiceCounts } from './observation.ts';
import { milliseconds, seconds, spanText } from './time.ts';

/**
 * The short window ends an alert soon after the burn has ended; the long one keeps a burst that costs little from
 * being one. `spends` is the part of the error budget that is gone by the time the long window is full.
 * Source: Google SRE Workbook, ch. 5, "Multiwindow, Multi-Burn-Rate Alerts", the two pairs that page.
 */
const PAIRS = [
  { short: '5m', long: '1h', spends: 0.02 },
  { short: '30m', long: '6h', spends: 0.05 },
] as const;

/** Two windows, and the burn rate that both have to exceed. */
export interface BurnAlert {
  readonly short: string;
  readonly long: string;
  readonly factor: number;
}

/**
 * The alerts of an error budget over `timeWindow`, the fast one first: factor = spends · timeWindow / long, which is
 * 14.4 and 6 for 30 days and half of that for 15. At least 1, for a burn of 1 is what the objective allows.
 */
export const burnAlerts = (timeWindow: string): readonly BurnAlert[] =>
  PAIRS.map(({ short, long, spends }) => ({
    short,
    long,
    factor: Math.max(1, (spends * milliseconds(timeWindow)) / milliseconds(long)),
  }));

/**
 * Burn rate over a window; absent where its counts are unknown or without requests.
 *
 * A window that was counted in part has kept its objective in the rest, at the same traffic: the long window then
 * exceeds its factor when the same part of the budget is spent as ever, only by less time.
 */
export function burnOver(window: string, { terms, windows }: ServiceCounts): number | undefined {
  const counted = windows.get(window);
  if (!counted?.count.known) return undefined;
  const burn = burnRate(counted.count.value, Number(terms.target) / 100);
  return burn === undefined ? undefined : burn * Math.min(1, counted.seconds / seconds(window));
}

/** Over the shortest window the service is within its objective, as far as that is counted. */
export function keepsObjective({ terms, windows }: ServiceCounts): boolean {
  const counted = windows.get(PAIRS[0].short)?.count;
  const burn = counted?.known ? burnRate(counted.value, Number(terms.target) / 100) : undefined;
  return burn !== undefined && burn <= 1;
}

/** Whether the short window burns too fast, so that the long one is worth asking for. */
export const isSuspicious = ({ short, factor }: BurnAlert, counts: ServiceCounts): boolean =>
  exceeds(burnOver(short, counts), factor);

/** An objective that the whole service violates at speed. */
export interface Burning {
  readonly alert: BurnAlert;
  readonly shortBurn: number;
  readonly longBurn: number;
  /** How long a full error budget lasts at the speed of the short window, in milliseconds. */
  readonly budgetLastsMs: number;
  /** Objective, both burns, windows and the end of the budget, for people. */
  readonly message: string;
}

/**
 * The objective of which the budget ends soonest; undefined where none burns, as far as that is known: an unknown
 * window fires nothing. A few requests prove nothing either, so the counts of the long window must also be evidence,
 * at `confidence` (0 to 1), that the objective is not kept.
 */
export function burningService(
  services: ReadonlyMap<string, ServiceCounts>,
  confidence: number,
): Burning | undefined {
  const burning = [...services].flatMap(([objective, counts]) =>
    burnAlerts(counts.terms.timeWindow).flatMap((alert) => fired(objective, alert, counts, confidence) ?? []),
  );
  return burning.reduce<Burning | undefined>(
    (worst, one) => (worst && worst.budgetLastsMs <= one.budgetLastsMs ? worst : one),
    undefined,
  );
}

function fired(
  objective: string,
  alert: BurnAlert,
  counts: ServiceCounts,
  confidence: number,
): Burning | undefined {
  const { short, long, factor } = alert;
  const [shortBurn, longBurn] = [burnOver(short, counts), burnOver(long, counts)];
  if (!exceeds(shortBurn, factor) || !exceeds(longBurn, factor)) return undefined;
  const { target, timeWindow } = counts.terms;
  const counted = counts.windows.get(long)?.count;
  if (!counted?.known || !isViolated(counted.value, Number(target) / 100, confidence)) return undefined;
  const budgetLastsMs = milliseconds(timeWindow) / shortBurn;
  const message =
    `${objective} ${target}%: the whole service burns ${times(shortBurn)} over ${short} and ${times(longBurn)} over ` +
    `${long}, both above ${times(factor)}; at this speed the ${timeWindow} budget is gone in ${spanText(budgetLastsMs)}`;
  return { alert, shortBurn, longBurn, budgetLastsMs, message };
}

const exceeds = (burn: number | undefined, factor: number): burn is number =>
  burn !== undefined && burn > factor;

const isViolated = ({ bad, total }: Count, target: number, confidence: number): boolean =>
  logEvidenceAbove({ bad: Math.min(bad, total), total }, 1 - target) >= -Math.log1p(-confidence);

/** `14.4x` */
const times = (burn: number): string => `${burn.toFixed(1)}x`;
