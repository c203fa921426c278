import { describe, expect, it } from 'vitest';
import { type BudgetInput, burnRate, spentPercent } from '../../../src/domain/error-budget.ts';
import { totals } from '../../support/totals.ts';

const THIRTY_DAYS = 30 * 86_400;

const spent = (changes: Partial<BudgetInput>) =>
  spentPercent({
    target: 0.999,
    windowSeconds: THIRTY_DAYS,
    steps: [],
    current: totals(0, 0),
    comparison: 'concurrent',
    ...changes,
  });

describe('the burn rate', () => {
  it.each([
    { bad: 1, total: 1_000, target: 0.999, rate: 1 },
    { bad: 144, total: 10_000, target: 0.999, rate: 14.4 },
    { bad: 5, total: 10, target: 0.9, rate: 5 },
    { bad: 0, total: 10, target: 0.9, rate: 0 },
  ])('of $bad in $total at $target is $rate', ({ bad, total, target, rate }) => {
    expect(burnRate({ bad, total }, target)).toBeCloseTo(rate, 9);
  });

  it('is unknown without requests', () => {
    expect(burnRate({ bad: 0, total: 0 }, 0.999)).toBeUndefined();
  });
});

describe('the error budget spent', () => {
  // 600 s at 100/s: 259,200,000 requests and 259,200 bad ones in 30 days.
  it('charges what the candidate has above stable: 30 bad of 6,000 beside 54 of 54,000 are 24 too many', () => {
    expect(spent({ current: totals(30, 6_000, 54, 54_000) })).toBeCloseTo((100 * 24) / 259_200, 9);
  });

  it('charges what is above the allowed ratio where stable had no requests', () => {
    expect(spent({ current: totals(100, 60_000) })).toBeCloseTo((100 * 40) / 259_200, 9);
  });

  it('charges nothing for an outage of both sides', () => {
    expect(spent({ current: totals(3_000, 6_000, 27_000, 54_000) })).toBe(0);
  });

  it('sums the segments, and a good one does not pay for a bad one', () => {
    const bad = totals(30, 6_000, 54, 54_000);
    const good = totals(0, 6_000, 5_400, 54_000);
    expect(spent({ steps: [bad], current: good })).toBeCloseTo((100 * 24) / 259_200, 9);
  });

  it('counts the requests of stable from before a bake once', () => {
    const step = totals(0, 6_000, 0, 54_000);
    const bake = totals(120, 60_000, 0, 54_000);
    expect(spent({ steps: [step], current: bake, comparison: 'before' })).toBeCloseTo(
      (100 * 120) / 259_200,
      9,
    );
  });

  it('goes beyond 100 where more is spent than there is', () => {
    expect(spent({ windowSeconds: 600, current: totals(6_000, 6_000, 0, 54_000) })).toBeCloseTo(10_000, 6);
  });

  it.each([
    ['nothing was counted', totals(0, 0)],
    ['no time has passed', totals(3, 10, 0, 0, 0)],
    ['only stable had requests', totals(0, 0, 9, 10)],
    ['bad exceeds total on both sides', totals(11, 10, 11, 10)],
  ])('is 0 when %s', (_, current) => {
    expect(spent({ current })).toBe(0);
  });
});
