import { describe, expect, it } from 'vitest';
import { endedAt } from '../../../../src/domain/replay/course.ts';
import type { Policy, PolicyChange } from '../../../../src/domain/replay/policy.ts';
import { type LoggedEvaluation, replay } from '../../../../src/domain/replay/replay.ts';
import { anEvaluation, worsening } from '../../../support/evaluations.ts';
import { iso } from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const everywhere = (policy: Partial<Policy>): PolicyChange => ({ everywhere: policy, of: new Map() });

/** The only trial of these evaluations. */
function theTrial(logged: readonly LoggedEvaluation[], change?: PolicyChange) {
  const [trial, ...others] = replay(logged, change);
  expect(others).toEqual([]);
  return trial ?? expect.unreachable();
}

const endings = (course: ReturnType<typeof theTrial>['happened'] | undefined) =>
  course?.map(({ ending, last, stage }) => ({ stage, ending, at: last.at, reason: last.reason }));

describe('a replay', () => {
  it('finds what was logged, and what became of it', () => {
    const trial = theTrial(worsening);
    expect(trial.differences).toEqual([]);
    expect(trial.evaluations).toHaveLength(5);
    expect(endings(trial.happened)).toEqual([
      { stage: 0, ending: 'WentOn', at: iso('2m'), reason: 'WithinBudget' },
      { stage: 1, ending: 'RolledBack', at: iso('5m'), reason: 'ErrorBudgetBurn' },
    ]);
    expect(trial.happened.map(endedAt)).toEqual([iso('2m'), undefined]);
    expect(trial.instead).toBeUndefined();
  });

  it.each([
    ['a count', { input: { current: totals(21, 2_000, 0, 8_000) } }, 'assessment.burnRate'],
    ['the last bit of a number', { assessment: { evidence: 1 + Number.EPSILON } }, 'assessment.evidence'],
    ['a word', { assessment: { reason: 'ServiceBurning' } }, 'assessment.reason'],
    [
      'what a field says that this version does not know',
      { assessment: { mood: 'good' } },
      'assessment.mood',
    ],
    ['what was spent', { budget: { spentPercent: 1 } }, 'budget.spentPercent'],
  ])('finds that %s was changed', (_, change: Record<string, object>, field) => {
    const evaluation = anEvaluation({ at: '1m', current: totals(20, 2_000, 0, 8_000) });
    const changed: LoggedEvaluation = {
      ...evaluation,
      ...Object.fromEntries(
        Object.entries(change).map(([part, fields]) => [
          part,
          { ...evaluation[part as 'input' | 'assessment' | 'budget'], ...fields },
        ]),
      ),
    };
    expect(theTrial([changed]).differences.map((difference) => difference.field)).toContain(field);
  });

  it('tells trials apart, and puts their lines in the order of time', () => {
    const again = worsening.map((evaluation) => ({ ...evaluation, attempt: 2 }));
    const trials = replay([...worsening, ...again].toReversed());
    expect(trials.map(({ attempt }) => attempt)).toEqual([2, 1]);
    expect(trials.map(({ happened }) => happened.at(-1)?.ending)).toEqual(['RolledBack', 'RolledBack']);
  });

  it('of several objectives hears the one that decides, and waits for the one that has not spoken', () => {
    const latency = anEvaluation({ at: '2m', objective: 'latency', current: totals(900, 2_000, 900, 2_000) });
    const [, second] = worsening;
    const [stage] = theTrial([
      anEvaluation({ at: '1m', current: totals(0, 2_000, 0, 8_000) }),
      ...(second ? [second] : []),
      latency,
    ]).happened;
    expect(stage?.said).toMatchObject([
      { at: iso('1m'), objective: 'latency', reason: 'Measuring' },
      { at: iso('2m'), objective: 'latency', reason: 'ServiceBurning' },
    ]);
  });
});

describe('another policy', () => {
  it('that rolls back sooner says nothing of what came later', () => {
    const { happened, instead } = theTrial(worsening, everywhere({ confidence: 0.6 }));
    expect(endings(instead)?.at(-1)).toMatchObject({ ending: 'RolledBack', at: iso('4m') });
    expect(instead?.[1]?.said).toHaveLength(2);
    expect(happened[1]?.said).toHaveLength(3);
  });

  it('that does not roll back knows nothing beyond the last counts', () => {
    const { instead } = theTrial(worsening, everywhere({ maxBurnRate: 20, budgetLimit: 100 }));
    expect(endings(instead)?.at(-1)).toMatchObject({ ending: 'CountsEnd', at: iso('5m') });
  });

  it('that would not have let a step end stops there', () => {
    const { instead } = theTrial(worsening, everywhere({ target: 0.9999 }));
    expect(endings(instead)).toEqual([
      { stage: 0, ending: 'Stays', at: iso('2m'), reason: 'InsufficientTraffic' },
    ]);
  });

  it.each([
    ['when it passes sooner', '0s', iso('1m')],
    ['not before its time is over', '2m', iso('2m')],
  ])('ends a step %s', (_, ends, ended) => {
    const logged = worsening.map((one) => ({ ...one, ends: { passed: iso(ends) } }));
    const { happened, instead = [] } = theTrial(logged, everywhere({ target: 0.95 }));
    expect([happened, instead].map(([step]) => step && endedAt(step))).toEqual([iso('2m'), ended]);
  });

  it('ends a step that is proven before its time, and no other one', () => {
    const logged = worsening.map((one) => ({ ...one, ends: { passed: iso('1h'), proven: iso('2m') } }));
    const { happened } = theTrial(logged);
    expect(happened.map(endedAt)).toEqual([iso('2m'), undefined]);
    const { instead } = theTrial(logged, everywhere({ target: 0.998 }));
    expect(endings(instead)).toEqual([{ stage: 0, ending: 'Stays', at: iso('2m'), reason: 'WithinBudget' }]);
  });

  it('goes on where a person had answered for a step that never passed', () => {
    const waved = worsening.filter(({ evaluatedAt }) => evaluatedAt !== iso('2m'));
    const { instead } = theTrial(waved, everywhere({ confidence: 0.98 }));
    expect(endings(instead)?.map(({ ending }) => ending)).toEqual(['WentOn', 'RolledBack']);
  });

  it('may be that of one objective', () => {
    const change = { everywhere: {}, of: new Map([['latency', { maxBurnRate: 20, budgetLimit: 100 }]]) };
    expect(endings(theTrial(worsening, change).instead)).toEqual(endings(theTrial(worsening).happened));
  });

  it('may spend less', () => {
    const { instead } = theTrial(worsening, everywhere({ budgetLimit: 0.001 }));
    expect(endings(instead)?.at(-1)).toMatchObject({ at: iso('3m'), reason: 'BudgetLimitExceeded' });
  });
});
