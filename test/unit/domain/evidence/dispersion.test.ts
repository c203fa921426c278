import { describe, expect, it } from 'vitest';
import { dispersionOf, PRESUMED_DISPERSION } from '../../../../src/domain/evidence/dispersion.ts';
import { binomial, seededRandom } from '../../../support/seeded-random.ts';

const random = seededRandom(11);
const slices = (count: number, bad: (slice: number) => number, total = 1_000) =>
  Array.from({ length: count }, (_, slice) => ({ bad: bad(slice), total }));

describe('the dispersion of bad requests', () => {
  it('is about 1 where they come one by one', () => {
    expect(dispersionOf(slices(2_000, () => binomial(1_000, 0.01, random)))).toBeCloseTo(1, 0);
  });

  it('is the size of the clumps that they come in', () => {
    const clumps = slices(2_000, () => 8 * binomial(1_000, 0.001, random));
    expect(dispersionOf(clumps)).toBeGreaterThan(7);
    expect(dispersionOf(clumps)).toBeLessThan(9);
  });

  it('is not made by traffic that rises, or by a ratio that moves slowly', () => {
    const wave = Array.from({ length: 500 }, (_, slice) => {
      const total = 1_000 + 2 * slice;
      return { bad: binomial(total, 0.01 * (1 + slice / 500), random), total };
    });
    expect(dispersionOf(wave)).toBeLessThan(1.3);
  });

  it.each([
    ['no slices', []],
    ['no bad requests', slices(100, () => 0)],
    ['no requests', slices(100, () => 0, 0)],
  ])('is presumed to be 2 for %s', (_, of) => {
    expect(dispersionOf(of)).toBe(PRESUMED_DISPERSION);
    expect(PRESUMED_DISPERSION).toBe(2);
  });

  it('is hardly more than 1 once thirty have come one by one', () => {
    expect(dispersionOf(slices(720, (slice) => (slice % 24 === 0 ? 1 : 0)))).toBeLessThan(1.1);
  });

  it('is larger than what few clumps show', () => {
    const one = dispersionOf(slices(720, (slice) => (slice === 9 ? 8 : 0)));
    const many = dispersionOf(slices(720, (slice) => (slice % 9 === 0 ? 8 : 0)));
    expect(one).toBeGreaterThan(9);
    expect(many).toBeGreaterThan(8);
    expect(many).toBeLessThan(9);
  });

  it('has a bound: several states of a service are no noise', () => {
    expect(dispersionOf(slices(100, (slice) => (slice % 2 ? 1_000 : 0)))).toBe(100);
  });
});
