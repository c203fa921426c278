import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../../src/domain/reading.ts';
import {
  budgetSpent,
  budgetWindow,
  exhaustedBudget,
  overWindow,
} from '../../../src/domain/service-budget.ts';
import { serviceBudgets, serviceCounts } from '../../support/service-burns.ts';

const HOUR = { bad: 0, total: 1_000 };
const TERMS = { target: '99', timeWindow: '30d' };

/** The newest hours of 30 days; nothing is kept of those before. */
const spentIn = (hours: readonly (typeof HOUR)[]) => {
  const slices = [...Array(720 - hours.length).fill({ bad: 0, total: 0 }), ...hours];
  return budgetSpent({ terms: TERMS, windows: new Map([['30d', overWindow(known(slices), 3600)]]) });
};

describe('the budget that a service has spent', () => {
  it('is the bad requests of those that the objective allows in the window', () => {
    const hours = Array.from({ length: 720 }, (_, hour) => ({ ...HOUR, bad: hour < 72 ? 50 : 0 }));
    // 3,600 of the 7,200 that may be bad among 720,000.
    expect(spentIn(hours)).toBeCloseTo(50, 9);
  });

  it('is that of 30 days also where less is kept: what is missing had the same traffic, and kept the objective', () => {
    const half = Array.from({ length: 360 }, () => ({ ...HOUR, bad: 20 }));
    expect(spentIn(half)).toBeCloseTo(100, 9);
  });

  it('of a service that is one hour old and had a bad hour is little', () => {
    expect(spentIn([{ ...HOUR, bad: 500 }])).toBeCloseTo((100 * 500) / (0.01 * 720_000), 3);
  });

  it('is not less for hours without requests, once there were some', () => {
    const idle = { bad: 0, total: 0 };
    expect(spentIn([HOUR, ...Array(700).fill(idle), { ...HOUR, bad: 500 }])).toBeCloseTo(
      ((100 * 500) / (0.01 * (2_000 * 720))) * 702,
      3,
    );
  });

  it('is unknown without requests, and where nobody answers', () => {
    expect(spentIn([])).toBeUndefined();
    const nothing = overWindow(unknown('QueryFailed', 'too many samples'), 3600);
    expect(budgetSpent({ terms: TERMS, windows: new Map([['30d', nothing]]) })).toBeUndefined();
  });
});

describe('a budget', () => {
  it.each([
    ['30d', 2_592_000, 3_600],
    ['28d', 2_419_200, 3_360],
    ['1w', 604_800, 840],
    ['1h', 3_600, 300],
  ])('of %s is counted in slices that are an hour or less', (timeWindow, windowSeconds, sliceSeconds) => {
    expect(budgetWindow(timeWindow)).toEqual({ windowSeconds, sliceSeconds });
  });

  it.each([
    [0.99, undefined],
    [1, 100],
    [1.372, 137.2],
    [undefined, undefined],
  ])('of an objective of 99, with a share of %s percent that was bad, is spent by %s', (percent, spent) => {
    const gone = exhaustedBudget(serviceBudgets(percent));
    if (spent === undefined) expect(gone).toBeUndefined();
    else expect(gone?.spentPercent).toBeCloseTo(spent, 9);
  });

  it('is told with objective, target, window and what of it was counted', () => {
    expect(exhaustedBudget(serviceBudgets(1.379))?.message).toBe(
      'availability 99%: 137% of the 30d error budget is spent, as counted over 30d00h',
    );
  });

  it('is told of where most of it is spent', () => {
    const services = new Map([
      ['some', serviceCounts({ '30d': 1.5 })],
      ['most', serviceCounts({ '1w': 3 }, { target: '99', timeWindow: '1w' })],
      ['kept', serviceCounts({ '30d': 0.2 })],
    ]);
    expect(exhaustedBudget(services)?.message).toContain('most 99%: 300% of the 1w');
  });
});
