import type { Count } from './evidence/count.ts';

/**
 * Seconds from the first request on, in whole slices that lie one after the other, oldest first; all of them where
 * there was none.
 */
export function secondsWithTraffic(slices: readonly Count[], sliceSeconds: number): number {
  const before = slices.findIndex(({ total }) => total > 0);
  return (slices.length - Math.max(0, before)) * sliceSeconds;
}
