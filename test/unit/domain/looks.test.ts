import { describe, expect, it } from 'vitest';
import type { ObjectiveAnalysis } from '../../../src/api/artifact-release-status.ts';
import { decide } from '../../../src/domain/decide.ts';
import { isSuspicious } from '../../../src/domain/looks.ts';
import { questions } from '../../../src/domain/questions.ts';
import { closeSegment } from '../../../src/domain/segments.ts';
import { counted, notCounted, withCanary } from '../../support/observations.ts';
import { AVAILABILITY, aCandidate, aStatus, at, inBake, iso, onCanary } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const spec = { objectives: [AVAILABILITY] };

/** Evaluated so long after the start of the step, with more bad requests than are allowed. */
const suspected = (after: string, changes: Partial<ObjectiveAnalysis> = {}): ObjectiveAnalysis => ({
  objective: 'availability',
  evaluatedAt: iso(after),
  current: { ...totals(20, 1_000, 0, 1_000, 30), clumps: 1.9 },
  steps: [],
  suspect: true,
  evidence: 0,
  verdict: 'Hold',
  reason: 'Inconclusive',
  ...changes,
});
const suspect = (after: string, more: object = {}) =>
  onCanary({ spec: { ...spec, ...more }, status: { analysis: [suspected(after)] } });

describe('a look is suspicious', () => {
  const before = totals(10, 9_000, 0, 0, 270);
  it.each([
    ['when more is new than is allowed in an interval', before, totals(21, 10_000, 0, 0, 300), true],
    ['but not when that is no more', before, totals(20, 10_000, 0, 0, 300), false],
    ['but not for what extrapolation adds', before, totals(10.4, 10, 0, 0, 300), false],
    ['the first time by all that was counted', undefined, totals(101, 10_000, 0, 0, 300), true],
    ['and not by the share of an interval in it', undefined, totals(99, 10_000, 0, 0, 300), false],
    ['in a step by what was counted in it', totals(0, 0, 0, 0, 0), totals(99, 10_000, 0, 0, 300), false],
    ['and where requests are few', before, totals(11, 10, 0, 0, 300), true],
  ])('%s', (_, earlier, current, expected) => {
    expect(isSuspicious(earlier, current, 0.01, 30)).toBe(expected);
  });

  it('which is recorded until the next one, and not taken into the next step', () => {
    const seen = withCanary({ counts: counted(totals(20, 1_000, 0, 1_000, 30)) });
    const { status } = decide(onCanary({ spec }), seen, at('30s'));
    expect(status.analysis?.[0]?.suspect).toBe(true);
    expect(decide({ ...onCanary({ spec }), status }, seen, at('31s')).status.analysis).toEqual(
      status.analysis,
    );
    const calm = withCanary({ counts: counted(totals(20, 2_000, 0, 2_000, 60)) });
    expect(
      decide({ ...onCanary({ spec }), status }, calm, at('60s')).status.analysis?.[0],
    ).not.toHaveProperty('suspect');
    expect(closeSegment(aStatus(status)).analysis?.[0]).not.toHaveProperty('suspect');
  });

  it('but not about a value, of which there is nothing new before the next interval', () => {
    const objective = {
      name: 'availability',
      target: '99',
      thresholdMetric: { query: 'queue', value: '10' },
    };
    const seen = withCanary({ counts: counted({ ...totals(1, 1, 0, 1, 30), higher: 1, lower: 0 }) });
    const { status, wakeAt } = decide(onCanary({ spec: { objectives: [objective] } }), seen, at('30s'));
    expect(status.analysis?.[0]).not.toHaveProperty('suspect');
    expect(wakeAt).toEqual(at('60s'));
  });
});

describe('quick looks', () => {
  const asked = (release: ReturnType<typeof onCanary>, times: readonly string[]) =>
    times.map((time) => {
      const { slot, quick } = questions(release, at(time)).counts ?? {};
      return [slot, quick];
    });

  it('are five in an interval, with the next regular one', () => {
    expect(asked(suspect('30s'), ['30s', '35s', '36s', '42s', '59s', '60s', '66s'])).toEqual([
      [1, undefined],
      [1, undefined],
      [1, 1],
      [1, 2],
      [1, 4],
      [2, undefined],
      [2, undefined],
    ]);
  });

  it('are at least a second apart', () => {
    const analysis = { interval: '2s' };
    expect(asked(suspect('2s', { analysis }), ['2s', '3s', '4s'])).toEqual([
      [1, undefined],
      [1, 1],
      [2, undefined],
    ]);
  });

  it('are counted from the end of a step that has one between two intervals', () => {
    const canary = { steps: [{ weight: 10, duration: '40s' }] };
    expect(asked(suspect('30s', { canary }), ['36s', '40s', '46s'])).toEqual([
      [1, 1],
      [1.5, undefined],
      [1.5, undefined],
    ]);
    expect(asked(suspect('40s', { canary }), ['45s', '46s', '58s', '60s'])).toEqual([
      [1.5, undefined],
      [1.5, 1],
      [1.5, 3],
      [2.5, undefined],
    ]);
  });

  it('ask nothing new about the service as a whole', () => {
    const ofService = (time: string) => questions(suspect('90s'), at(time)).service;
    expect(ofService('96s')).toEqual(ofService('90s'));
  });

  const bad = withCanary({ counts: counted(totals(400, 1_400, 0, 1_400, 36)) });

  it('roll back, with what is new since the regular look as its clumps', () => {
    const { status } = decide(suspect('30s'), bad, at('36s'));
    expect(status.failure).toMatchObject({ reason: 'ErrorBudgetBurn' });
    expect(status.analysis?.[0]?.current).toEqual({
      ...totals(400, 1_400, 0, 1_400, 36),
      clumps: expect.closeTo(1.9 + 380 / 10.6, 1),
    });
  });

  it('roll back in the bake as well', () => {
    const steps = [totals(0, 9_000, 0, 90_000)];
    const status = { analysis: [suspected('30s', { steps })] };
    expect(decide(inBake({ spec, status }), bad, at('36s')).status.failure?.reason).toBe('ErrorBudgetBurn');
  });

  it.each([
    ['is good', counted(totals(20, 5_000, 0, 5_000, 36))],
    ['is not enough', counted(totals(25, 1_200, 0, 1_200, 36))],
    ['hits both sides', counted(totals(400, 1_400, 400, 1_400, 36))],
    ['is unknown', notCounted('MetricsUnavailable')],
  ])('change nothing but when the next one is where what they see %s', (_, counts) => {
    const release = suspect('30s');
    const regular = decide(
      release,
      withCanary({ counts: counted(totals(20, 1_000, 0, 1_000, 30)) }),
      at('30s'),
    );
    const quick = decide({ ...release, status: regular.status }, withCanary({ counts }), at('36s'));
    expect(quick).toMatchObject({ wakeAt: at('42s'), notices: [] });
    expect(quick.status.message).toBe(regular.status.message.replace('12:00:36Z', '12:00:42Z'));
    expect(quick.status.message).not.toBe(regular.status.message);
    const { message: _m, conditions: _c, ...status } = quick.status;
    expect(regular.status).toMatchObject(status);
  });

  it('are over when the step has gone on', () => {
    const candidate = aCandidate({ weight: 50, step: 1, stepStartedAt: iso('40s') });
    const release = onCanary({ spec, status: { candidate, analysis: [suspected('30s')] } });
    expect(asked(release, ['70s', '76s'])).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
  });
});
