import { describe, expect, it } from 'vitest';
import { brief, decided, effectsOf, imagesOf, phaseOf, reasonOf } from '../../../support/decisions.ts';
import {
  afterPromotion,
  anObservation,
  refused,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import { kept, protections } from '../../../support/protections.ts';
import {
  aCandidate,
  aRelease,
  at,
  CANDIDATE,
  imageOf,
  inBake,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

describe('verification', () => {
  const verifying = aRelease({ status: { phase: 'Verifying', candidate: aCandidate() } });

  it('that is refused blocks the digest, once with a warning', () => {
    const seen = anObservation({ verification: verifiedAs(refused, CANDIDATE) });
    const decision = decided(verifying, seen);
    expect(brief(decision)).toEqual(['Blocked', 'VerificationFailed']);
    expect(decision.notices).toMatchObject([{ type: 'Warning', reason: 'VerificationFailed' }]);
  });

  it.each([
    ['unknown', { verification: verifiedAs(unanswered, CANDIDATE) }],
    ['not asked for', { verification: new Map() }],
    ['without protection', kept({ [CANDIDATE]: protections.Outage })],
  ])('that is %s starts no pod, and is asked again', (_, seen) => {
    const decision = decided(verifying, anObservation(seen));
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual(['Verifying']);
    expect(decision.wakeAt).toEqual(at('30s'));
  });

  it('that succeeds after all starts a blocked digest', () => {
    const blocked = aRelease({ status: { phase: 'Blocked', candidate: aCandidate() } });
    expect(brief(decided(blocked))).toEqual(['Progressing', 'WaitingForPods', 'ApplyCanary']);
  });

  it.each([
    ['canary', onCanary(), withCanary],
    ['bake', inBake(), afterPromotion],
  ])('that is revoked in the %s rolls back at once', (_, release, seen) => {
    const decision = decided(release, seen({ verification: verifiedAs(refused, CANDIDATE) }), '1m');
    expect([phaseOf(decision), reasonOf(decision)]).toEqual(['RollingBack', 'VerificationFailed']);
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it('that is lost in the canary holds it', () => {
    const decision = decided(
      onCanary(),
      withCanary({ verification: verifiedAs(unanswered, CANDIDATE) }),
      '5m',
    );
    expect(brief(decision)).toEqual(['Holding', 'VerificationUnknown']);
  });
});
