import { describe, expect, it } from 'vitest';
import {
  after,
  clockTime,
  dateTime,
  milliseconds,
  seconds,
  since,
  spanText,
} from '../../../src/domain/time.ts';
import { at, NOON } from '../../support/releases.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90],
    ['5m', 300],
    ['1h30m', 5_400],
    ['0m30s', 30],
    ['0s', 0],
    ['1h0m1s', 3_601],
    ['30d', 30 * 86_400],
    ['2w', 14 * 86_400],
  ])('%s is %i seconds', (text, length) => {
    expect(seconds(text)).toBe(length);
    expect(milliseconds(text)).toBe(length * 1000);
  });
});

describe('an instant', () => {
  it('comes after another', () => {
    expect(after(NOON, '90s')).toEqual(at('90s'));
  });

  it('is never before the past that it is counted from, whatever another clock says', () => {
    expect(since(NOON, at('2s'))).toBe(2000);
    expect(since(at('2s').toISOString(), at())).toBe(0);
  });

  it('is told as the time of the day', () => {
    expect(clockTime(at('2h5m10s'))).toBe('14:05:10Z');
    expect(dateTime(at('2h5m10s').toISOString())).toBe('2026-06-01T14:05:10Z');
    expect(dateTime('2026-06-01T14:05:10Z')).toBe('2026-06-01T14:05:10Z');
  });
});

describe('a span for people', () => {
  it.each([
    [0, '0s'],
    [59_499, '59s'],
    [59_500, '1m00s'],
    [125_000, '2m05s'],
    [3_600_000, '1h00m'],
    [7_500_000, '2h05m'],
    [86_400_000, '1d00h'],
    [126_000_000, '1d11h'],
  ])('of %i ms is %s', (span, text) => {
    expect(spanText(span)).toBe(text);
  });
});
