import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { noticesOf, refusalOf } from '../../../support/decisions.ts';
import { afterPromotion, anObservation, withCanary } from '../../../support/observations.ts';
import {
  alice,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  ofStable,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

describe('approve', () => {
  const steps = [{ weight: 50, approval: true }];

  it('ends the step that waits for it', () => {
    const release = onCanary({
      spec: { canary: { steps } },
      metadata: alice,
      orders: { approve: CANDIDATE },
      status: { phase: 'Paused' },
    });
    const decision = decide(release, withCanary(), at('1m'));
    expect(noticesOf(decision)).toEqual(['Approved', 'StepCompleted']);
    expect(decision.status).toMatchObject({ phase: 'Promoting', candidate: { approvedBy: 'alice' } });
  });

  it('may come before the step has ended', () => {
    const release = onCanary({
      spec: { canary: { steps: [{ weight: 50, duration: '5m', approval: true }] } },
      orders: { approve: CANDIDATE },
    });
    const { status } = decide(release, withCanary(), at('1m'));
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { approvedStep: 0 } });
  });

  it.each([
    ['nothing waits for it', onCanary({ orders: { approve: CANDIDATE } }), withCanary()],
    ['it bakes', inBake({ orders: { approve: CANDIDATE } }), afterPromotion()],
  ])('is refused when %s', (_, release, seen) => {
    expect(refusalOf(decide(release, seen, at('1m')))).toContain('nothing waits for approval');
  });

  it('is refused when nothing is under trial', () => {
    const release = aRelease({ status: {}, orders: { approve: STABLE }, spec: ofStable });
    expect(refusalOf(decide(release, anObservation(), at()))).toContain('no digest is under trial');
  });
});
