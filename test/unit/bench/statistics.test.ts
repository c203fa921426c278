import { describe, expect, it } from 'vitest';
import { fisherExact, upperBound } from '../../../bench/decisions/statistics.ts';

describe('the upper bound of a share', () => {
  it('without any event is 1 − 0.05^(1/n)', () => {
    expect(upperBound(0, 10_000)).toBeCloseTo(1 - 0.05 ** (1 / 10_000), 9);
  });

  it('is the share at which so few events are seen once in twenty times', () => {
    const share = upperBound(1, 20);
    const atMostOne = (1 - share) ** 20 + 20 * share * (1 - share) ** 19;
    expect(atMostOne).toBeCloseTo(0.05, 6);
  });

  it('is about 1.64 standard errors above a share of many events', () => {
    expect(upperBound(3000, 10_000)).toBeCloseTo(0.3 + 1.645 * Math.sqrt((0.3 * 0.7) / 10_000), 3);
  });

  it('is 1 when every trial was an event', () => {
    expect(upperBound(5, 5)).toBe(1);
  });
});

describe("Fisher's exact test", () => {
  // Of 8 cups 4 had the milk first: all guessed right happens once in 70 times, at least three in 17 of 70.
  it.each([
    { bad: 4, chance: 1 / 70 },
    { bad: 3, chance: 17 / 70 },
  ])('a lady who tastes $bad of 4 cups right is lucky with a probability of $chance', ({ bad, chance }) => {
    expect(fisherExact(bad, 4, 4 - bad, 4)).toBeCloseTo(chance, 9);
  });

  it('finds nothing where the candidate has no more than its share', () => {
    expect(fisherExact(5, 100, 50, 1000)).toBe(1);
    expect(fisherExact(0, 0, 0, 0)).toBe(1);
  });

  it('bears a million bad requests', () => {
    expect(fisherExact(1_000_000, 1_010_000, 100, 1_000_000)).toBe(0);
    expect(fisherExact(500_100, 1_000_000, 500_000, 1_000_000)).toBeGreaterThan(0.4);
  });
});
