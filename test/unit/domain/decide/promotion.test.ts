import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../../src/domain/observation.ts';
import { brief, decided, effectsOf, imagesOf, phaseOf } from '../../../support/decisions.ts';
import { aCanary, anObservation, app, aTarget, aWorkload, rolling } from '../../../support/observations.ts';
import {
  aCandidate,
  aPin,
  at,
  CANDIDATE,
  imageOf,
  iso,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

describe('promotion', () => {
  const promoting = onCanary({
    status: {
      phase: 'Promoting',
      pins: [aPin(CANDIDATE)],
      candidate: aCandidate({ step: 1, weight: 50, replicas: [{ name: 'checkout', count: 9 }] }),
    },
  });
  const rolledOut = { containers: [app(CANDIDATE)] };
  const beside = (workload: Parameters<typeof aWorkload>[0], make = aWorkload): Observation => {
    const stable = make(workload);
    return anObservation({
      targets: [aTarget({ workload: stable, canary: aCanary({ replicas: 9, madeFrom: 'x' }) })],
    });
  };

  it('waits for the rollout while the canary goes on serving', () => {
    const decision = decided(promoting, beside(rolledOut, rolling), '1m');
    expect(phaseOf(decision)).toBe('Promoting');
    expect(effectsOf(decision)).not.toContain('DeleteCanary');
    expect(decision.wakeAt).toEqual(at('10m'));
  });

  it('ends in the bake, without a canary', () => {
    const decision = decided(promoting, beside(rolledOut), '1m');
    expect(brief(decision)).toEqual(['Baking', 'Baking', 'DeleteCanary']);
    expect(decision.status.candidate).toMatchObject({ weight: 100, stepStartedAt: iso('1m') });
  });

  it('that does not roll out by its deadline is rolled back', () => {
    const decision = decided(promoting, beside(rolledOut, rolling), '10m');
    expect(brief(decision)).toEqual([
      'RollingBack',
      'ProgressDeadlineExceeded',
      'PinWorkload',
      'DeleteCanary',
    ]);
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });
});
