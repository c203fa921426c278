import { describe, expect, it } from 'vitest';
import type { ObjectiveAnalysis } from '../../../../src/api/artifact-release-status.ts';
import { decide } from '../../../../src/domain/decide.ts';
import { replayStatus } from '../../../../src/domain/replay/status.ts';
import { afterPromotion, counted, withCanary } from '../../../support/observations.ts';
import { AVAILABILITY, aKnownCandidate, aSpec, at, inBake, onCanary } from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const objectives = [AVAILABILITY];
const spec = aSpec({ objectives });
const step = totals(2, 5_000, 20, 45_000);
const before: ObjectiveAnalysis = {
  objective: 'availability',
  evaluatedAt: at().toISOString(),
  current: { bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 },
  steps: [step],
  evidence: 0,
  verdict: 'Pass',
  reason: 'WithinBudget',
};

const inStep = (bad: number, when = '1m') =>
  decide(
    onCanary({ spec: { objectives }, status: { candidate: aKnownCandidate() } }),
    withCanary({ counts: counted(totals(bad, 10_000, 9, 90_000)) }),
    at(when),
  ).status;
const inTheBake = (bad: number) =>
  decide(
    inBake({ spec: { objectives }, status: { analysis: [before] } }),
    afterPromotion({ counts: counted(totals(bad, 10_000)) }),
    at('1m'),
  ).status;

describe('the answers of a status', () => {
  it.each([
    ['in a step', inStep(7), 'Progressing'],
    ['in a step that is rolled back', inStep(700), 'RollingBack'],
    ['of a step that has ended', inStep(7, '6m'), 'Progressing'],
    ['in a bake', inTheBake(7), 'Baking'],
    ['in a bake that is rolled back', inTheBake(700), 'RollingBack'],
  ])('are computed again %s', (_, status, phase) => {
    expect(status.phase).toBe(phase);
    const { differences, objectives: replayed, unknown } = replayStatus({ spec, status });
    expect({ differences, unknown }).toEqual({ differences: [], unknown: [] });
    expect(replayed).toHaveLength(1);
  });

  it('differ where a count was changed, or the policy has', () => {
    const status = inStep(70);
    const analysis = status.analysis?.map((record) => ({
      ...record,
      current: totals(170, 10_000, 9, 90_000),
    }));
    const changed = replayStatus({ spec, status: { ...status, ...(analysis && { analysis }) } });
    expect(changed.differences.map(({ field }) => field)).toContain('analysis.burnRate');
    const strict = aSpec({ objectives, analysis: { maxBurnRate: '0.1' } });
    expect(replayStatus({ spec: strict, status }).differences.map(({ field }) => field)).toContain(
      'analysis.verdict',
    );
  });

  it('are another one by another policy', () => {
    const change = { everywhere: { maxBurnRate: 0.1 }, of: new Map() };
    const { differences, objectives: replayed } = replayStatus({ spec, status: inStep(70) }, change);
    expect(differences).toEqual([]);
    expect(replayed[0]?.instead?.assessment.verdict).toBe('RollBack');
  });

  it('are not known of an objective that the spec does not have', () => {
    expect(replayStatus({ spec: aSpec(), status: inStep(7) })).toMatchObject({
      objectives: [],
      unknown: ['availability'],
    });
  });
});
