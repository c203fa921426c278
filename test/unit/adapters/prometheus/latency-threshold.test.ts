import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asThreshold, bucketMatcher, inUnit } from '../../../../src/adapters/prometheus/latency-threshold.ts';

const wholeMilliseconds = fc.integer({ min: 1, max: 999_999 });

describe('a threshold', () => {
  it.each([
    ['300ms', 'Seconds', 0.3],
    ['1.1ms', 'Seconds', 0.0011],
    ['2s', 'Seconds', 2],
    ['0.3s', 'Milliseconds', 300],
    ['2.5s', 'Milliseconds', 2500],
    ['0.05ms', 'Seconds', 0.00005],
  ] as const)('of %s is, in %s, %d', (threshold, unit, value) => {
    expect(inUnit(threshold, unit)).toBe(value);
  });

  it('in seconds is the very number that an exporter has for it', () => {
    fc.assert(
      fc.property(wholeMilliseconds, (ms) => {
        expect(inUnit(`${ms}ms`, 'Seconds')).toBe(ms / 1000);
      }),
    );
  });

  it('reads the same once it was a boundary', () => {
    fc.assert(
      fc.property(wholeMilliseconds, fc.constantFrom('Seconds', 'Milliseconds'), (ms, unit) => {
        const boundary = inUnit(`${ms}ms`, unit);
        expect(inUnit(asThreshold(boundary, unit), unit)).toBe(boundary);
      }),
    );
  });
});

describe('the bucket of a threshold', () => {
  it.each([
    [0.3, 'le="0.3"'],
    [1, String.raw`le=~"1|1\\.0"`],
    [2500, String.raw`le=~"2500|2500\\.0"`],
    [1e6, String.raw`le=~"1000000|1000000\\.0|1e\\+06"`],
    [0.00005, String.raw`le=~"0\\.00005|5e-05"`],
  ])('with the boundary %d is found in every spelling of it', (boundary, matcher) => {
    expect(bucketMatcher(boundary)).toBe(matcher);
  });

  it('is that of no other boundary', () => {
    const matches = (boundary: number, label: string): boolean => {
      const [, pattern = ''] = /^le=~?"(.*)"$/.exec(bucketMatcher(boundary)) ?? [];
      return new RegExp(`^(?:${pattern.replaceAll('\\\\', '\\')})$`).test(label);
    };
    fc.assert(
      fc.property(wholeMilliseconds, wholeMilliseconds, (ms, other) => {
        expect(matches(ms, String(ms))).toBe(true);
        expect(matches(ms, `${ms}.0`)).toBe(true);
        expect(matches(ms, String(other))).toBe(ms === other);
        expect(matches(ms / 1000, String(ms / 1000))).toBe(true);
      }),
    );
  });
});
