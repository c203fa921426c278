import { describe, expect, it } from 'vitest';
import { type EvaluationInput, evaluate } from '../../../src/domain/evaluate.ts';
import { totals } from '../../support/totals.ts';

const judge = (changes: Partial<EvaluationInput>) =>
  evaluate({
    target: 0.999,
    maxBurnRate: 1,
    confidence: 0.99,
    steps: [],
    current: totals(0, 0),
    comparison: 'concurrent',
    clumping: { dispersion: 1, clump: 1 },
    measure: 'requests',
    ...changes,
  });

describe('the verdict', () => {
  it.each([
    { when: 'nothing was counted', current: totals(0, 0), is: ['Hold', 'InsufficientTraffic'] },
    { when: 'a clean start', current: totals(0, 200, 3, 4_000), is: ['Hold', 'InsufficientTraffic'] },
    { when: 'the first bad request', current: totals(1, 20, 0, 380), is: ['Hold', 'InsufficientTraffic'] },
    { when: 'a burst', current: totals(5, 100, 0, 1_900), is: ['RollBack', 'ErrorBudgetBurn'] },
    { when: 'everything failing', current: totals(20, 20, 0, 380), is: ['RollBack', 'ErrorBudgetBurn'] },
    { when: 'a burst without stable', current: totals(5, 100), is: ['RollBack', 'ErrorBudgetBurn'] },
    { when: 'an outage of both', current: totals(50, 100, 950, 1_900), is: ['Hold', 'ServiceBurning'] },
    { when: 'stable hardly asked', current: totals(50, 1_000, 0, 2), is: ['Hold', 'Inconclusive'] },
    { when: 'enough and no bad', current: totals(0, 4_000), is: ['Pass', 'WithinBudget'] },
    {
      when: 'a quarter of the budget',
      current: totals(5, 20_000, 48, 190_000),
      is: ['Pass', 'WithinBudget'],
    },
    { when: 'as bad as stable', current: totals(4, 4_000, 76, 76_000), is: ['Pass', 'NotWorseThanStable'] },
    { when: 'at budget, no stable', current: totals(4, 4_000), is: ['Hold', 'Inconclusive'] },
    { when: 'a little worse', current: totals(7, 4_000, 40, 76_000), is: ['Hold', 'Inconclusive'] },
    { when: 'worse within budget', current: totals(30, 100_000, 0, 100_000), is: ['Pass', 'WithinBudget'] },
  ])('on $when is $is', ({ current, is: [verdict, reason] }) => {
    expect(judge({ current })).toMatchObject({ verdict, reason });
  });

  it('adds the finished steps up: none of the three would be enough alone', () => {
    const part = totals(2, 200, 1, 3_800);
    expect(judge({ current: part }).verdict).toBe('Hold');
    expect(judge({ steps: [part, part], current: part }).verdict).toBe('RollBack');
  });

  it('remembers a clean past: requests of earlier steps count towards those needed', () => {
    const part = totals(0, 2_000, 2, 2_000);
    expect(judge({ steps: [part], current: part })).toMatchObject({
      verdict: 'Pass',
      reason: 'WithinBudget',
    });
  });

  it('compares a bake with what was before, and not also with the steps that share the same stable', () => {
    const steps = [totals(20, 1_000, 0, 9_000)];
    const current = totals(1, 1_000, 1, 1_000);
    expect(judge({ steps, current }).verdict).toBe('RollBack');
    expect(judge({ steps, current, comparison: 'before' })).toMatchObject({ verdict: 'Hold', evidence: 0 });
  });

  it('rolls a bake back on the budget alone when nothing was counted before', () => {
    const steps = [totals(0, 100, 0, 900)];
    expect(judge({ steps, current: totals(8, 100), comparison: 'before' }).verdict).toBe('RollBack');
  });

  it('accepts the burn that the policy accepts', () => {
    const current = totals(20, 10_000, 0, 10_000);
    expect(judge({ current }).verdict).not.toBe('Pass');
    expect(judge({ current, maxBurnRate: 5 }).verdict).toBe('Pass');
  });

  it('is stricter with more confidence', () => {
    const current = totals(3, 100, 0, 1_900);
    expect(judge({ current, confidence: 0.99 }).verdict).toBe('RollBack');
    expect(judge({ current, confidence: 0.999999 }).verdict).toBe('Hold');
  });
});

describe('the numbers beside the verdict', () => {
  it('reports the burn rate of the current segment, and none without requests', () => {
    const steps = [totals(9, 10)];
    expect(judge({ steps, current: totals(3, 1_250, 0, 0) }).burnRate).toBeCloseTo(2.4, 9);
    expect(judge({ steps, current: totals(0, 0) })).not.toHaveProperty('burnRate');
  });

  it.each([
    { target: 0.9, maxBurnRate: 1, needed: 30 },
    { target: 0.99, maxBurnRate: 14.4, needed: 21 },
    { target: 0.999, maxBurnRate: 1, needed: 3_000 },
    { target: 0.999, maxBurnRate: 2, needed: 1_500 },
    { target: 0.9999, maxBurnRate: 6, needed: 5_000 },
    { target: 0.999999, maxBurnRate: 1, needed: 3_000_000 },
    { target: 0.9, maxBurnRate: 1_000, needed: 4 },
  ])('asks for $needed requests at $target and burn rate $maxBurnRate', ({ needed, ...policy }) => {
    expect(judge(policy).requestsNeeded).toBe(needed);
  });

  it('measures evidence on a log scale: 1 bad of 20 without stable is 50 % of the way to 1:100', () => {
    expect(judge({ current: totals(1, 20) }).evidence).toBeCloseTo((100 * 2.2859828) / Math.log(100), 3);
  });

  it('takes the weaker of the two tests', () => {
    const alone = judge({ current: totals(2, 60) }).evidence;
    const compared = judge({ current: totals(2, 60, 4, 1_140) }).evidence;
    expect(compared).toBeLessThan(alone);
  });

  it('cuts bad counts above their total, which extrapolation can make', () => {
    expect(judge({ current: totals(10.4, 10, 3.2, 3) })).toEqual(judge({ current: totals(10, 10, 3, 3) }));
  });

  it('takes the fractions of increase() as they are', () => {
    const { evidence } = judge({ current: totals(1.034, 20.69) });
    expect(evidence).toBeGreaterThan(judge({ current: totals(1, 21) }).evidence);
    expect(evidence).toBeLessThan(judge({ current: totals(1.1, 20) }).evidence);
  });
});

describe('where bad requests come in clumps', () => {
  const clumping = { dispersion: 8, clump: 7 };
  const inClumps = (bad: number, clumps: number, total: number, stableBad = 0) => ({
    ...totals(bad, total, stableBad, 19 * total),
    clumps,
  });

  it('one clump is worth one bad request: it rolls nothing back', () => {
    expect(judge({ current: totals(8, 160, 0, 3_040) }).verdict).toBe('RollBack');
    expect(judge({ clumping, current: inClumps(8, 1, 160) }).verdict).toBe('Hold');
  });

  it('several of them, one after the other, are as many as they are', () => {
    expect(judge({ clumping, current: inClumps(40, 5, 160) }).verdict).toBe('RollBack');
  });

  it('is found by the thinned counts where more come between two looks than can be told apart', () => {
    const clumps = 10;
    expect(judge({ clumping, current: inClumps(3_000, clumps, 100_000) }).verdict).toBe('RollBack');
  });

  it('without a count of clumps they are as many as their mean size says', () => {
    const known = judge({ clumping, current: inClumps(40, 10, 1_000, 4) });
    expect(judge({ clumping, current: totals(40, 1_000, 4, 19_000) })).toEqual(known);
  });
});

describe('of samples of a value', () => {
  const policy = { target: 0.9, measure: 'samples' } as const;
  const samples = (bad: number, total: number, higher: number, lower: number, stableBad = 0) => ({
    ...totals(bad, total, stableBad, total),
    higher,
    lower,
  });

  it.each([
    { when: 'ten good ones', current: samples(0, 10, 7, 3), is: ['Pass', 'WithinBudget'] },
    { when: 'nine good ones', current: samples(0, 9, 3, 6), is: ['Hold', 'InsufficientTraffic'] },
    {
      when: 'all bad and worse than stable',
      current: samples(12, 12, 12, 0),
      is: ['RollBack', 'ErrorBudgetBurn'],
    },
    { when: 'all bad on both sides', current: samples(12, 12, 6, 6, 12), is: ['Hold', 'ServiceBurning'] },
    {
      when: 'worse than stable within the bound',
      current: samples(0, 40, 40, 0),
      is: ['Pass', 'WithinBudget'],
    },
  ])('$when: $is', ({ current, is: [verdict, reason] }) => {
    expect(judge({ ...policy, current })).toMatchObject({ verdict, reason });
  });
});

describe('the proof that a candidate keeps its objective', () => {
  it('takes the confidence of a roll-back, so more requests than a pass', () => {
    expect(judge({ current: totals(0, 4_000) })).toMatchObject({ verdict: 'Pass', proven: false });
    expect(judge({ current: totals(0, 5_500) })).toMatchObject({ verdict: 'Pass', proven: true });
  });

  it('is not that stable is no better', () => {
    expect(judge({ current: totals(6, 5_000, 60, 50_000) }).proven).toBe(false);
  });
});
