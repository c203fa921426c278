import { describe, expect, it } from 'vitest';
import { logEvidenceAbove, logEvidenceBelow } from '../../../../src/domain/evidence/budget-test.ts';
import { logEvidenceWorse } from '../../../../src/domain/evidence/comparison-test.ts';
import { type Count, isComparable, type Pair } from '../../../../src/domain/evidence/count.ts';

const count = (bad: number, total: number): Count => ({ bad, total });
const pair = (bad: number, total: number, stableBad: number, stableTotal: number): Pair => ({
  candidate: count(bad, total),
  stable: count(stableBad, stableTotal),
});

describe('evidence that the ratio is above p0', () => {
  it('is the mean of the likelihood ratios at p0·e^0.3 and p0·e^0.6 when those two are below 1', () => {
    const [low, high] = [0.5 * Math.exp(0.3), 0.5 * Math.exp(0.6)];
    expect(logEvidenceAbove(count(1, 1), 0.5)).toBeCloseTo(Math.log((low / 0.5 + high / 0.5) / 2), 12);
    expect(logEvidenceAbove(count(0, 1), 0.5)).toBeCloseTo(
      Math.log(((1 - low) / 0.5 + (1 - high) / 0.5) / 2),
      12,
    );
  });

  it.each([
    { bad: 0, total: 0, p0: 0.001, log: 0 },
    { bad: 0, total: 1_000, p0: 0.001, log: -2.2955775 },
    { bad: 1, total: 20, p0: 0.001, log: 2.2859828 },
    { bad: 5, total: 100, p0: 0.001, log: 13.3693202 },
    { bad: 1, total: 1, p0: 0.99, log: Math.log(0.995 / 0.99) },
  ])('of $bad in $total against $p0 is e^$log', ({ bad, total, p0, log }) => {
    expect(logEvidenceAbove(count(bad, total), p0)).toBeCloseTo(log, 6);
  });

  it.each([0.1, 0.001, 1e-6])('stays finite and keeps its digits at 1e9 requests against %s', (p0) => {
    const atBudget = logEvidenceAbove(count(1e9 * p0, 1e9), p0);
    const aboveBudget = logEvidenceAbove(count(2e9 * p0, 1e9), p0);
    expect(atBudget).toBeLessThan(0);
    expect(aboveBudget).toBeGreaterThan(100);
    expect([atBudget, aboveBudget].every(Number.isFinite)).toBe(true);
  });
});

describe('evidence that the ratio is below p0', () => {
  it.each([
    { bad: 0, total: 0, log: 0 },
    { bad: 0, total: 3_000, log: 2.5896125 },
    { bad: 0, total: 3_600, log: 3.1325963 },
    { bad: 3, total: 3_000, log: -1.8494508 },
  ])('of $bad in $total against 0.001 is e^$log', ({ bad, total, log }) => {
    expect(logEvidenceBelow(count(bad, total), 0.001)).toBeCloseTo(log, 6);
  });

  it('reaches 20 without a bad request between 3/p0 and 3.6/p0', () => {
    expect(logEvidenceBelow(count(0, 3_000), 0.001)).toBeLessThan(Math.log(20));
    expect(logEvidenceBelow(count(0, 3_600), 0.001)).toBeGreaterThan(Math.log(20));
  });
});

describe('evidence that the candidate is worse than stable', () => {
  it('is the mean of 2r/(1+r) over the grid for one bad request of the candidate at an equal share', () => {
    const terms = Array.from({ length: 15 }, (_, index) => Math.exp(0.3 * (index + 1))).map(
      (r) => (2 * r) / (1 + r),
    );
    const mean = terms.reduce((sum, term) => sum + term, 0) / 15;
    expect(logEvidenceWorse([pair(1, 100, 0, 100)])).toBeCloseTo(Math.log(mean), 12);
  });

  it.each([
    { segments: [pair(5, 1_000, 0, 19_000)], log: 12.3859067 },
    { segments: [pair(10, 1_000, 0, 1_000)], log: 6.0763346 },
    { segments: [pair(5, 1_000, 5, 1_000)], log: -1.9155127 },
    { segments: [pair(2, 50, 1, 950), pair(3, 250, 1, 750)], log: 5.2652628 },
  ])('of $segments is e^$log', ({ segments, log }) => {
    expect(logEvidenceWorse(segments)).toBeCloseTo(log, 6);
  });

  it.each([
    ['nothing was counted', []],
    ['no request was bad', [pair(0, 1_000, 0, 1_000)]],
    ['stable had no requests', [pair(50, 100, 0, 0)]],
    ['the candidate had no requests', [pair(0, 0, 50, 100)]],
  ])('is exactly 1 when %s', (_, segments) => {
    expect(logEvidenceWorse(segments)).toBe(0);
  });

  it('keeps one factor r for the whole release: two halves say the same as the whole', () => {
    const halves = [pair(3, 500, 1, 9_500), pair(3, 500, 1, 9_500)];
    expect(logEvidenceWorse(halves)).toBeCloseTo(logEvidenceWorse([pair(6, 1_000, 2, 19_000)]), 10);
  });
});

it('compares only where both sides had requests', () => {
  expect(isComparable(pair(0, 1, 0, 1))).toBe(true);
  expect(isComparable(pair(0, 0, 0, 1))).toBe(false);
  expect(isComparable(pair(0, 1, 0, 0))).toBe(false);
});
