import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_POINTS,
  type TimeRange,
  timesBefore,
  timesSince,
} from '../../src/adapters/prometheus/time-range.ts';

const FROM = new Date('2026-06-01T12:00:00.123Z');
const later = (ms: number): Date => new Date(FROM.getTime() + ms);
const count = ({ startMs, endMs, stepMs }: TimeRange): number => (endMs - startMs) / stepMs + 1;
const interval = fc.integer({ min: 1, max: 600 });
const span = fc.integer({ min: 0, max: 3 * 86_400_000 });

describe('sample times', () => {
  it('lie after the start and not after now, a whole number of them and no more than Prometheus allows', () => {
    fc.assert(
      fc.property(interval, span, (seconds, spanMs) => {
        const times = timesSince(FROM, later(spanMs), seconds);
        if (!times) {
          expect(spanMs).toBeLessThan(seconds * 1000);
          return;
        }
        expect(times.startMs).toBeGreaterThan(FROM.getTime());
        expect(times.endMs).toBeLessThanOrEqual(FROM.getTime() + spanMs);
        expect(Number.isInteger(count(times)) && count(times) <= MAX_POINTS).toBe(true);
      }),
    );
  });

  it('that are left at a later question were among the earlier ones', () => {
    fc.assert(
      fc.property(interval, span, span, (seconds, a, b) => {
        const earlier = timesSince(FROM, later(Math.min(a, b)), seconds);
        const now = timesSince(FROM, later(Math.max(a, b)), seconds);
        if (!earlier || !now) return;
        expect(now.stepMs % earlier.stepMs).toBe(0);
        expect((now.startMs - earlier.startMs) % earlier.stepMs).toBe(0);
      }),
    );
  });

  it('before now end there and fill the window', () => {
    fc.assert(
      fc.property(interval, fc.integer({ min: 1, max: 3 * 86_400 }), (seconds, window) => {
        const times = timesBefore(FROM, window, seconds);
        const start = FROM.getTime() - window * 1000;
        expect(times.endMs).toBe(FROM.getTime());
        expect(times.startMs).toBeGreaterThan(start);
        expect(times.startMs - times.stepMs).toBeLessThanOrEqual(start);
        expect(count(times)).toBeLessThanOrEqual(MAX_POINTS);
      }),
    );
  });
});
