import { describe, expect, it } from 'vitest';
import { clumpingOf, newClumps, PRESUMED_CLUMPING } from '../../../../src/domain/evidence/clumping.ts';
import { binomial, seededRandom } from '../../../support/seeded-random.ts';

const random = seededRandom(11);
/** Of a service with an objective of 99 %. */
const clumpsIn = (of: Parameters<typeof clumpingOf>[0]) => clumpingOf(of, 0.01);
const slices = (count: number, bad: (slice: number) => number, total = 1_000) =>
  Array.from({ length: count }, (_, slice) => ({ bad: bad(slice), total }));

describe('how bad requests come', () => {
  it('is one by one where they do', () => {
    const { dispersion, clump } = clumpsIn(slices(2_000, () => binomial(1_000, 0.01, random)));
    expect(dispersion).toBeLessThan(1.1);
    expect(clump).toBeLessThan(1.1);
  });

  it('is in clumps of their size, of which the larger ones are presumed for one', () => {
    const { dispersion, clump } = clumpsIn(slices(2_000, () => 8 * binomial(1_000, 0.001, random)));
    expect(dispersion).toBeGreaterThan(7);
    expect(dispersion).toBeLessThan(9);
    expect(clump).toBeGreaterThan(6);
    expect(clump).toBeLessThan(8);
  });

  it('is not made by traffic that rises, or by a ratio that moves slowly', () => {
    const wave = Array.from({ length: 500 }, (_, slice) => {
      const total = 1_000 + 2 * slice;
      return { bad: binomial(total, 0.01 * (1 + slice / 500), random), total };
    });
    expect(clumpsIn(wave).dispersion).toBeLessThan(1.3);
  });

  it.each([
    ['no slices', []],
    ['no bad requests of few', slices(100, () => 0, 50)],
    ['no requests', slices(100, () => 0, 0)],
  ])('is presumed for %s: as if one by one, but many at once are one', (_, of) => {
    expect(clumpsIn(of)).toEqual(PRESUMED_CLUMPING);
    expect(PRESUMED_CLUMPING.dispersion).toBe(1);
    expect(PRESUMED_CLUMPING.clump).toBeGreaterThan(8);
  });

  it('is hardly presumed where thousands of bad requests would have been allowed, and none came', () => {
    expect(clumpsIn(slices(720, () => 0)).clump).toBeLessThan(2.5);
    expect(clumpsIn(slices(720, () => 0, 100_000)).clump).toBeLessThan(1.1);
  });

  it('is less and less presumed with each that comes alone', () => {
    const clumps = [1, 3, 10, 30].map(
      (alone) => clumpsIn(slices(720, (slice) => (slice % 24 === 7 && slice < 24 * alone ? 1 : 0))).clump,
    );
    expect(clumps).toEqual([...clumps].sort((a, b) => b - a));
    expect(clumps[3]).toBeLessThan(1.3);
  });

  it('has a bound: several states of a service are no noise', () => {
    expect(clumpsIn(slices(100, (slice) => (slice % 2 ? 1_000 : 0))).dispersion).toBe(100);
  });
});

describe('the clumps at one look', () => {
  it.each([
    { bad: 0, clump: 1, clumps: 0 },
    { bad: 0.3, clump: 1, clumps: 0 },
    { bad: 1, clump: 1, clumps: 1 },
    { bad: 7, clump: 1, clumps: 7 },
    { bad: 7, clump: 10, clumps: 1 },
    { bad: 25, clump: 10, clumps: 2.5 },
  ])('in $bad bad requests, where $clump may have one cause, are $clumps', ({ bad, clump, clumps }) => {
    expect(newClumps(bad, { clump })).toBe(clumps);
  });
});
