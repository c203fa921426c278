import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { noticesOf, refusalOf } from '../../../support/decisions.ts';
import {
  afterPromotion,
  refused,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import {
  aCandidate,
  alice,
  aPin,
  at,
  CANDIDATE,
  inBake,
  iso,
  ofNext,
  onCanary,
} from '../../../support/releases.ts';

describe('promote', () => {
  it('skips the rest of the canary', () => {
    const release = onCanary({ metadata: alice, orders: { promote: CANDIDATE } });
    const decision = decide(release, withCanary(), at('1m'));
    expect(noticesOf(decision)).toEqual(['PromotedByRequest']);
    expect(decision.status).toMatchObject({
      phase: 'Promoting',
      candidate: { approvedBy: 'alice' },
      pins: [aPin(CANDIDATE)],
    });
    expect(decision.effects.map(({ kind }) => kind)).toContain('PinWorkload');
  });

  it('is of the digest that it names, although the spec names another one by now', () => {
    const release = onCanary({ spec: ofNext, orders: { promote: CANDIDATE } });
    expect(decide(release, withCanary(), at('1m')).status.pins).toEqual([aPin(CANDIDATE)]);
  });

  it('keeps the counts of the step that it skips, for the bake compares with them', () => {
    const current = { bad: 1, total: 100, stableBad: 9, stableTotal: 900, seconds: 60 };
    const record = { objective: 'availability', evaluatedAt: iso(), current, steps: [], evidence: 0 };
    const release = onCanary({
      orders: { promote: CANDIDATE },
      status: { analysis: [{ ...record, verdict: 'Hold', reason: 'InsufficientTraffic' }] },
    });
    expect(decide(release, withCanary(), at('1m')).status.analysis?.[0]?.steps).toEqual([current]);
  });

  it.each([
    ['it is not verified', { phase: 'Verifying', candidate: aCandidate() } as const, unanswered],
    ['it is blocked', { phase: 'Blocked', candidate: aCandidate() } as const, refused],
    ['its proof is lost', {}, unanswered],
  ])('is refused when %s: verification cannot be skipped', (_, status, check) => {
    const release = onCanary({ orders: { promote: CANDIDATE }, status });
    const decision = decide(release, withCanary({ verification: verifiedAs(check, CANDIDATE) }), at('1m'));
    expect(refusalOf(decision)).toMatch(/not verified/);
    expect(decision.effects.map(({ kind }) => kind)).not.toContain('PinWorkload');
  });

  it('is refused when it is promoted already', () => {
    const decision = decide(inBake({ orders: { promote: CANDIDATE } }), afterPromotion(), at('1m'));
    expect(refusalOf(decision)).toContain('it is promoted already');
  });
});
