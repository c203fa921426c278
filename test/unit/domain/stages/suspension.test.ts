import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import type { ObjectiveAnalysis } from '../../../../src/api/artifact-release-status.ts';
import { type Decision, decide } from '../../../../src/domain/decide.ts';
import type { Observation } from '../../../../src/domain/observation.ts';
import {
  afterPromotion,
  anObservation,
  aTarget,
  aWorkload,
  counted,
  withCanary,
} from '../../../support/observations.ts';
import {
  AVAILABILITY,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const suspend = { suspend: true };
const reasons = ({ notices }: ReturnType<typeof decide>): string[] => notices.map(({ reason }) => reason);

describe('suspension', () => {
  it('touches no workload, asks for no counts, and says how to go on', () => {
    const loose = aWorkload({ containers: [] });
    const seen = anObservation({ targets: [aTarget({ workload: loose })] });
    const decision = decide(onCanary({ spec: { ...suspend, objectives: [AVAILABILITY] } }), seen, at('1m'));
    expect(decision.status).toMatchObject({ phase: 'Suspended', suspended: 'Progressing' });
    expect(decision.status.message).toContain('set spec.suspend to false to go on');
    expect(decision.effects).toEqual([]);
    expect(decision.wakeAt).toBeUndefined();
    expect(reasons(decision)).toEqual(['Suspended']);
  });

  it('acts on no order, now or later, and says so', () => {
    const release = onCanary({ spec: suspend, orders: { abort: CANDIDATE } });
    const { status, effects, notices } = decide(release, withCanary(), at('1m'));
    expect(status).toMatchObject({ phase: 'Suspended', acted: [expect.stringMatching(/^abort=/)] });
    expect(effects.map(({ kind }) => kind)).toEqual(['RemoveAnnotations']);
    expect(notices).toContainEqual(
      expect.objectContaining({
        reason: 'CommandRefused',
        message: expect.stringContaining('set spec.suspend to false first'),
      }),
    );
  });

  it.each([
    ['a step', onCanary(), withCanary(), iso('1h')],
    ['a bake', inBake(), afterPromotion(), iso('1h')],
    [
      'a promotion',
      onCanary({ status: { phase: 'Promoting', pins: [aPin(CANDIDATE)] } }),
      withCanary(),
      undefined,
    ],
  ])('of %s ends with its clock set anew: the time in between was not watched', (_, release, seen, clock) => {
    const frozen = decide({ ...release, spec: { ...release.spec, suspend: true } }, seen, at('1m')).status;
    const decision = decide({ ...release, status: frozen }, seen, at('1h'));
    expect(decision.status.phase).toBe(release.status?.phase);
    expect(decision.status.candidate).toMatchObject({ stageEnteredAt: iso('1h') });
    expect(decision.status.candidate?.stepStartedAt).toBe(clock);
    expect(reasons(decision)).toEqual(['Resumed']);
  });

  describe('keeps what was counted', () => {
    const spec = { objectives: [AVAILABILITY], analysis: { budgetLimit: '100' } };
    const suspended = (release: ArtifactRelease, seen: Observation): ArtifactRelease => {
      const frozen = decide({ ...release, spec: { ...release.spec, suspend: true } }, seen, at('1m')).status;
      const waits = withCanary({ targets: [aTarget()] });
      return { ...release, status: decide({ ...release, status: frozen }, waits, at('1h')).status };
    };
    const counts = (decision: Decision) => decision.status.analysis?.[0];

    it('in the step, up to the moment of the suspension, and adds what is counted later', () => {
      const seen = withCanary({ counts: counted(totals(3, 200, 1, 1_000, 60)) });
      const back = suspended(onCanary({ spec }), seen);
      const standing = decide(back, withCanary(), at('1h'));
      expect(standing.status.candidate?.stepStartedAt).toBe(iso('1h'));
      const later = withCanary({ counts: counted(totals(2, 100, 0, 500, 30), iso('1h')) });
      const decision = decide({ ...back, status: standing.status }, later, at('1h30s'));
      expect(counts(decision)).toMatchObject({ current: totals(5, 300, 1, 1_500, 90), steps: [] });
      expect(decision.status.message).toContain('300 requests, 5 bad');
    });

    it('so that a step that burnt before it was suspended is left soon after', () => {
      const seen = withCanary({ counts: counted(totals(600, 1_000, 0, 10_000, 60)) });
      const back = suspended(onCanary({ spec }), seen);
      const { status } = decide(back, withCanary(), at('1h'));
      const quiet = withCanary({ counts: counted(totals(0, 10, 0, 100, 30), iso('1h')) });
      expect(decide({ ...back, status }, quiet, at('1h30s')).status.failure?.reason).toBe('ErrorBudgetBurn');
    });

    it('through two suspensions, and lets it go with the step', () => {
      const seen = withCanary({ counts: counted(totals(0, 500, 0, 5_000, 60)) });
      const once = suspended(onCanary({ spec }), seen);
      const { status } = decide(once, withCanary(), at('1h'));
      const more = withCanary({ counts: counted(totals(0, 500, 0, 5_000, 60), iso('1h')) });
      const twice = suspended({ ...once, status }, more);
      expect(counts(decide(twice, withCanary(), at('1h')))).toMatchObject({
        current: totals(0, 1_000, 0, 10_000, 120),
      });
      const approved = { ...twice, status: decide(twice, withCanary(), at('1h')).status };
      const passed = decide(
        approved,
        withCanary({ counts: counted(totals(0, 500, 0, 5_000, 60), iso('1h')) }),
        at('2h'),
      );
      expect(passed.status.candidate?.step).toBe(1);
      expect(counts(passed)).toMatchObject({
        current: totals(0, 0, 0, 0, 0),
        steps: [totals(0, 1_500, 0, 15_000, 180)],
      });
      expect(counts(passed)).not.toHaveProperty('carried');
    });

    it('in a bake, against the one count of stable from before', () => {
      const record: ObjectiveAnalysis = {
        objective: 'availability',
        evaluatedAt: iso(),
        current: totals(0, 0, 0, 0, 0),
        steps: [totals(1, 1_000, 90, 9_000)],
        evidence: 0,
        verdict: 'Pass',
        reason: 'WithinBudget',
      };
      const release = inBake({ spec, status: { analysis: [record] } });
      const back = suspended(release, afterPromotion({ counts: counted(totals(3, 1_000, 0, 0, 60)) }));
      const later = afterPromotion({ counts: counted(totals(1, 500, 0, 0, 30), iso('1h')) });
      expect(counts(decide(back, later, at('1h30s')))).toMatchObject({
        current: totals(4, 1_500, 90, 9_000, 90),
        steps: record.steps,
      });
    });
  });

  it('at rest ends at rest', () => {
    const spec = { artifact: { repository: 'registry.example.com/shop/checkout', digest: STABLE } };
    const release = aRelease({ spec, status: { phase: 'Suspended', suspended: 'Healthy' } });
    expect(decide(release, anObservation(), at('1h')).status).toMatchObject({ phase: 'Healthy' });
  });
});
