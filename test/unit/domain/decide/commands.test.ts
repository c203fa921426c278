import { describe, expect, it } from 'vitest';
import { brief, decided, effectsOf, imagesOf, phaseOf } from '../../../support/decisions.ts';
import { unanswered, verifiedAs, withCanary } from '../../../support/observations.ts';
import {
  anEntry,
  aRelease,
  CANDIDATE,
  imageOf,
  NEXT,
  ofStable,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

describe('a command', () => {
  const gate = {
    canary: {
      steps: [
        { weight: 10, approval: true },
        { weight: 50, duration: '10m' },
      ],
    },
  };

  it('approve ends the step that waits for it', () => {
    expect(brief(decided(onCanary({ spec: gate }), withCanary(), '1m'))).toEqual([
      'Paused',
      'AwaitingApproval',
    ]);
    const { status } = decided(onCanary({ spec: gate, orders: { approve: CANDIDATE } }), withCanary(), '1m');
    expect(status.candidate).toMatchObject({ step: 1, approvedStep: 0 });
  });

  it('abort rolls back and is remembered', () => {
    const decision = decided(onCanary({ orders: { abort: CANDIDATE } }), withCanary(), '1m');
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual([
      'RollingBack',
      'RemoveAnnotations',
      'DeleteCanary',
    ]);
    expect(decision.status.failure?.verdict).toBe('Aborted');
  });

  it('promote skips the rest of the canary, but not verification', () => {
    const release = onCanary({ orders: { promote: CANDIDATE } });
    expect(imagesOf(decided(release, withCanary(), '1m'))).toEqual([imageOf(CANDIDATE)]);
    const seen = withCanary({ verification: verifiedAs(unanswered, CANDIDATE) });
    expect(imagesOf(decided(release, seen, '1m'))).toEqual([imageOf(STABLE)]);
  });

  it('rollback-to returns to a digest that was proven', () => {
    const release = aRelease({
      spec: ofStable,
      orders: { 'rollback-to': NEXT },
      status: { history: [anEntry(), anEntry({ digest: NEXT, verdict: 'Promoted', reason: 'Promoted' })] },
    });
    const decision = decided(release);
    expect(phaseOf(decision)).toBe('RollingBack');
    expect(imagesOf(decision)).toEqual([imageOf(NEXT)]);
  });

  it.each([
    'approve',
    'abort',
    'promote',
    'retry',
    'rollback-to',
  ])('%s with another digest is refused', (verb) => {
    const seen = withCanary();
    const decision = decided(onCanary({ orders: { [verb]: NEXT } }), seen, '1m');
    const undisturbed = decided(onCanary(), seen, '1m');
    expect(decision.notices).toMatchObject([{ reason: 'CommandRefused' }]);
    expect({ ...decision.status, acted: undefined }).toEqual({ ...undisturbed.status, acted: undefined });
    expect(effectsOf(decision)).toEqual(['RemoveAnnotations']);
  });
});
