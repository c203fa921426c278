import { TimeWindow } from '../../api/scalars.ts';
import type { Terms } from '../../domain/observation.ts';
import { milliseconds } from './prometheus-duration.ts';
import { TranslationError } from './translation-error.ts';

/** Where a window is not said: what Sloth takes unless its flag says otherwise, and our own default. */
export const DEFAULT_WINDOW = '30d';

/** Eight decimals, as our own targets have. Rounding takes away what binary fractions add: 100 times 0.57. */
export const decimalText = (percent: number): string => String(Number(percent.toFixed(8)));

/**
 * Target and window as ours are written. `window` is a duration of Prometheus or OpenSLO. Throws TranslationError:
 * ObjectiveInvalid for a target that leaves no error budget, NotSupported for a window of no whole hours.
 */
export function termsFrom(targetPercent: number, window: string): Terms {
  if (!(targetPercent > 0 && targetPercent < 100))
    throw new TranslationError(
      'ObjectiveInvalid',
      `the target is ${targetPercent}%; it must be above 0 and below 100, for at 100 there is no error budget`,
    );
  return { target: decimalText(targetPercent), timeWindow: timeWindow(window) };
}

function timeWindow(window: string): string {
  if (TimeWindow.safeParse(window).success) return window;
  const hours = `${milliseconds(window) / 3_600_000}h`;
  if (TimeWindow.safeParse(hours).success) return hours;
  throw new TranslationError(
    'NotSupported',
    `the window ${window} is none of whole hours; make it one, e.g. 30d`,
  );
}
