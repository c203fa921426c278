import { describe, expect, it } from 'vitest';
import { conditionOf, decided, effectsOf, noticesOf, pinnedBy } from '../../../support/decisions.ts';
import { afterPromotion, withCanary } from '../../../support/observations.ts';
import { GOOD, OLDER, proofs, revoked, told } from '../../../support/proofs.ts';
import {
  aCandidate,
  aFailure,
  anEntry,
  aPin,
  CANDIDATE,
  imageOf,
  inBake,
  iso,
  ofStable,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

const past = [anEntry({ verdict: 'Promoted' }), anEntry({ digest: GOOD }), anEntry({ digest: OLDER })];

describe('a roll-back', () => {
  const baking = inBake({ status: { history: past } });
  const aborted = inBake({ orders: { abort: CANDIDATE }, status: { history: past } });

  it.each([
    ['is stable where that is unknown', { [STABLE]: proofs.Unknown }, STABLE],
    ['is a verified digest where stable is refused', { [STABLE]: proofs.Refused }, GOOD],
    ['is a verified digest where stable is revoked for the report', { [STABLE]: proofs.Reported }, GOOD],
    [
      'is stable where that is refused and nothing else is verified',
      { [STABLE]: proofs.Refused, [GOOD]: proofs.Unknown, [OLDER]: proofs.Refused },
      STABLE,
    ],
  ])('after promotion goes to what %s', (_, answers, expected) => {
    const verification = told({ ...answers, [CANDIDATE]: proofs.Refused });
    const decision = decided(baking, afterPromotion({ verification }));
    expect(pinnedBy(decision)).toEqual([imageOf(expected)]);
    expect(decision.status.stable?.digest).toBe(expected);
  });

  it('from before the promotion touches nothing, also where stable is refused', () => {
    const release = onCanary({ orders: { abort: CANDIDATE }, status: { history: past } });
    const decision = decided(release, withCanary({ verification: told({ [STABLE]: proofs.Refused }) }));
    expect([pinnedBy(decision), decision.status.stable?.digest]).toEqual([[imageOf(STABLE)], STABLE]);
  });

  it('with only revoked digests to go to leaves the workloads as they are, and says so', () => {
    const verification = revoked(STABLE, GOOD, OLDER);
    const decision = decided(aborted, afterPromotion({ verification }));
    expect(decision.status).toMatchObject({
      phase: 'Blocked',
      stable: { digest: STABLE },
      history: [{ digest: CANDIDATE, verdict: 'Aborted' }, {}, {}, {}],
    });
    expect([pinnedBy(decision), effectsOf(decision)]).toEqual([[imageOf(CANDIDATE)], ['RemoveAnnotations']]);
    expect(noticesOf(decision)).toEqual(['Aborted', 'NoSafeDigest']);
    const lifted = decided(
      { ...baking, status: decision.status },
      afterPromotion({ verification: told({}) }),
      '2m',
    );
    expect([pinnedBy(lifted), effectsOf(lifted)]).toEqual([[imageOf(STABLE)], ['PinWorkload']]);
  });

  const rollingBack = inBake({
    status: { phase: 'RollingBack', history: past, pins: [aPin()], failure: aFailure() },
  });

  it('under way goes on to a good digest when its target is revoked', () => {
    const decision = decided(rollingBack, afterPromotion({ verification: revoked(STABLE) }));
    expect(decision.status).toMatchObject({
      phase: 'RollingBack',
      stable: { digest: GOOD },
      failure: { digest: CANDIDATE },
    });
    expect(pinnedBy(decision)).toEqual([imageOf(GOOD)]);
  });

  it('that has not re-pinned its workloads yet does not go to a digest that is revoked for the report', () => {
    const verification = told({ [STABLE]: proofs.Reported });
    expect(pinnedBy(decided(rollingBack, afterPromotion({ verification })))).toEqual([imageOf(GOOD)]);
  });

  it('that had nowhere to go is made up for, also where stable is revoked for the report', () => {
    const nowhere = { [STABLE]: proofs.Reported, [GOOD]: proofs.Unknown, [OLDER]: proofs.Unknown };
    const left = decided(aborted, afterPromotion({ verification: told(nowhere) }));
    expect([left.status.phase, conditionOf(left, 'Stalled')]).toEqual(['Blocked', 'True NoSafeDigest']);
    const verification = told({ ...nowhere, [OLDER]: proofs.Satisfied });
    const back = decided({ ...baking, status: left.status }, afterPromotion({ verification }), '2m');
    expect(pinnedBy(back)).toEqual([imageOf(OLDER)]);
  });

  it('that touched nothing moves nothing because of a report', () => {
    const release = onCanary({
      status: { phase: 'RollingBack', history: past, failure: aFailure(), candidate: aCandidate() },
    });
    const decision = decided(release, withCanary({ verification: told({ [STABLE]: proofs.Reported }) }));
    expect(pinnedBy(decision)).toEqual([imageOf(STABLE)]);
  });

  it('to a stable that is revoked is not begun because Git names it', () => {
    const release = inBake({ spec: ofStable, status: { history: [anEntry()] } });
    const decision = decided(release, afterPromotion({ verification: revoked(STABLE) }));
    expect(pinnedBy(decision)).toEqual([imageOf(CANDIDATE)]);
    expect(decision.status).toMatchObject({
      phase: 'Blocked',
      stable: { digest: CANDIDATE },
      candidate: { digest: STABLE },
    });
  });

  it('by deletion never goes to a revoked digest', () => {
    const metadata = { deletionTimestamp: iso() };
    const release = inBake({ metadata, status: { history: past } });
    const gone = (...digests: string[]) =>
      pinnedBy(decided(release, afterPromotion({ verification: revoked(...digests) })));
    expect(gone(STABLE)).toEqual([imageOf(GOOD)]);
    expect(gone(STABLE, GOOD, OLDER)).toEqual([imageOf(CANDIDATE)]);
  });
});
