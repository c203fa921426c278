import { describe, expect, it } from 'vitest';
import type { ObjectiveAnalysis } from '../../../src/api/artifact-release-status.ts';
import { decide } from '../../../src/domain/decide.ts';
import { known, unknown } from '../../../src/domain/reading.ts';
import { closeSegment } from '../../../src/domain/segments.ts';
import { afterPromotion, counted, notCounted, withCanary } from '../../support/observations.ts';
import { AVAILABILITY, aStatus, at, inBake, iso, NOON, onCanary } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const LATENCY = { ...AVAILABILITY, name: 'latency' };
const two = { objectives: [AVAILABILITY, LATENCY] };
const one = { objectives: [AVAILABILITY] };

describe('the verdict over several objectives', () => {
  const good = known(totals(0, 50_000, 0, 50_000));
  const bad = known(totals(20_000, 50_000, 0, 50_000));
  const blind = unknown('NoData', 'NoData');

  it.each([
    ['one burns, whatever else is unknown', blind, bad, 'RollingBack'],
    ['one is unknown, however good the other is', good, blind, 'Holding'],
    ['all are good', good, good, 'Progressing'],
  ])('when %s is %3$s', (_, availability, latency, phase) => {
    const counts = {
      from: NOON,
      totals: new Map([
        ['availability', availability],
        ['latency', latency],
      ]),
    };
    expect(decide(onCanary({ spec: two }), withCanary({ counts }), at('1m')).status.phase).toBe(phase);
  });

  it('measures an objective that was only now added', () => {
    const seen = withCanary({ counts: counted(totals(0, 50_000, 0, 50_000)) });
    const { status } = decide(onCanary({ spec: two }), seen, at('6m'));
    expect(status.phase).toBe('Progressing');
    expect(status.analysis?.map((a) => a.objective)).toEqual(['availability']);
  });
});

describe('what is recorded', () => {
  it('is told with its value, its limit and its evidence', () => {
    const seen = withCanary({ counts: counted(totals(3, 1_243, 0, 10_000)) });
    expect(decide(onCanary({ spec: one }), seen, at('1m')).status.message).toMatch(
      /^Step 1\/2 at 10%: availability 99%: 1,243 requests, 3 bad \(0\.24%, burn 0\.2x <= 1x\), stable 0 of 10,000 bad \(0\.00%\), evidence 0% of what a roll-back needs; next evaluation 12:01:30Z, step ends at the earliest 12:05:00Z$/,
    );
  });

  it('says how many requests are missing', () => {
    const seen = withCanary({ counts: counted(totals(0, 12, 0, 100)) });
    expect(decide(onCanary({ spec: one }), seen, at('6m')).status.message).toContain(
      '12 requests (12 of 300 needed)',
    );
  });

  it.each([
    [
      'that it is the service',
      totals(900, 1_000, 9_000, 10_000),
      'ServiceBurning',
      /stable 9,000 of 10,000 bad \(90\.00%\).*look at the service/,
    ],
    ['that there is no stable to compare with', totals(0, 1_000), 'Progressing', /stable without requests,/],
  ])('says %s', (_, counts, reason, message) => {
    const { status } = decide(onCanary({ spec: one }), withCanary({ counts: counted(counts) }), at('1m'));
    expect(status.conditions.find(({ type }) => type === 'Ready')?.reason).toBe(reason);
    expect(status.message).toMatch(message);
  });

  it('speaks of samples where those are counted, also by an objective that is written down elsewhere', () => {
    const objectiveRef = { kind: 'ServiceLevelObjective', name: 'queue' };
    const sampled = { ...totals(1, 4, 0, 0), higher: 0, lower: 0 };
    const terms = new Map([['availability', { target: '90', timeWindow: '30d' }]]);
    const seen = withCanary({ counts: { ...counted(sampled), terms } });
    const spec = { objectives: [{ name: 'availability', objectiveRef }] };
    expect(decide(onCanary({ spec }), seen, at('6m')).status.message).toContain(
      'availability 90%: 4 samples (4 of 10 needed), 1 bad (25.00%, burn 2.5x > 1x), stable without samples,',
    );
  });

  it('says nothing of a ratio without requests', () => {
    const seen = withCanary({ counts: counted(totals(0, 0)) });
    expect(decide(onCanary({ spec: one }), seen, at('1m')).status.message).toContain(
      '0 bad (burn 0.0x <= 1x)',
    );
  });

  it('stays when counts are lost', () => {
    const seen = withCanary({ counts: counted(totals(1, 1_000, 0, 10_000)) });
    const status = decide(onCanary({ spec: one }), seen, at('1m')).status;
    const blind = withCanary({ counts: notCounted('MetricsUnavailable') });
    const later = decide({ ...onCanary({ spec: one }), status }, blind, at('2m')).status;
    expect(later.analysis).toEqual(status.analysis);
    expect(later.budget).toEqual(status.budget);
  });

  it('has the time at which it changed', () => {
    const seen = withCanary({ counts: counted(totals(1, 1_000, 0, 10_000)) });
    const status = decide(onCanary({ spec: one }), seen, at('1m')).status;
    const same = decide({ ...onCanary({ spec: one }), status }, seen, at('2m')).status;
    expect(same.analysis?.[0]?.evaluatedAt).toBe(iso('1m'));
  });
});

describe('the error budget of one release', () => {
  it('ends it when it is spent, although no test has spoken', () => {
    const spec = {
      objectives: [{ ...AVAILABILITY, timeWindow: '1h' }],
      analysis: { budgetLimit: '0.1', maxBurnRate: '50' },
    };
    const seen = withCanary({ counts: counted(totals(300, 10_000, 0, 10_000)) });
    expect(decide(onCanary({ spec }), seen, at('2m')).status.failure).toMatchObject({
      reason: 'BudgetLimitExceeded',
      message: expect.stringMatching(
        /of the error budget of 1h, more than its limit of 0\.1% \(availability 99%: 10,000 requests, 300 bad/,
      ),
    });
  });
});

describe('the bake', () => {
  it('is compared with what stable did in the steps', () => {
    const record: ObjectiveAnalysis = {
      objective: 'availability',
      evaluatedAt: iso(),
      current: totals(0, 0, 0, 0, 0),
      steps: [totals(1, 1_000, 90, 9_000), totals(5, 5_000, 50, 5_000)],
      evidence: 0,
      verdict: 'Pass',
      reason: 'WithinBudget',
    };
    const seen = afterPromotion({ counts: counted(totals(100, 10_000)) });
    const { status } = decide(inBake({ spec: one, status: { analysis: [record] } }), seen, at('1m'));
    expect(status.analysis?.[0]?.current).toMatchObject({ stableBad: 140, stableTotal: 14_000 });
  });
});

describe('a finished step', () => {
  it('is kept among the last ten', () => {
    const steps = Array.from({ length: 10 }, (_, index) => totals(0, index));
    const analysis = [
      {
        objective: 'a',
        evaluatedAt: iso(),
        current: totals(1, 99),
        steps,
        evidence: 0,
        verdict: 'Pass',
        reason: 'WithinBudget',
      } as const,
    ];
    const [closed] = closeSegment(aStatus({ analysis: [...analysis] })).analysis ?? [];
    expect(closed?.steps.map((step) => step.total)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 99]);
    expect(closed?.current.total).toBe(0);
  });

  it('leaves nothing behind where nothing is measured', () => {
    expect(closeSegment(aStatus())).toEqual(aStatus());
  });
});
