import { describe, expect, it } from 'vitest';
import { brief, decided, effectsOf, phaseOf } from '../../../support/decisions.ts';
import { afterPromotion, unanswered, verifiedAs, withCanary } from '../../../support/observations.ts';
import { CANDIDATE, inBake, NEXT, ofNext, ofStable, onCanary, STABLE } from '../../../support/releases.ts';

describe('another digest in mid-canary', () => {
  it('starts at the first step against the same stable', () => {
    const decision = decided(onCanary({ spec: ofNext }), withCanary(), '1m');
    expect(decision.status).toMatchObject({
      stable: { digest: STABLE },
      candidate: { digest: NEXT, step: 0, weight: 0 },
      history: [{ digest: CANDIDATE, verdict: 'Superseded' }, {}],
    });
    expect(decision.effects).toMatchObject([{ kind: 'ApplyCanary', digest: NEXT }]);
  });

  it('starts no pod before it is verified', () => {
    const seen = withCanary({ verification: verifiedAs(unanswered, NEXT) });
    const decision = decided(onCanary({ spec: ofNext }), seen, '1m');
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual(['Verifying', 'DeleteCanary']);
  });

  it('that is stable ends the trial', () => {
    const decision = decided(onCanary({ spec: ofStable }), withCanary(), '1m');
    expect(brief(decision)).toEqual(['Healthy', 'Healthy', 'DeleteCanary']);
    expect(decision.status.history?.[0]).toMatchObject({ digest: CANDIDATE, reason: 'Cancelled' });
  });

  it('that is stable rolls back a promotion', () => {
    const decision = decided(inBake({ spec: ofStable }), afterPromotion(), '1m');
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual(['RollingBack', 'PinWorkload']);
  });
});
