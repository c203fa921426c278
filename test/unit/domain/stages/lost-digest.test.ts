import { describe, expect, it } from 'vitest';
import { decided, pinnedBy } from '../../../support/decisions.ts';
import { afterPromotion, anObservation, withCanary } from '../../../support/observations.ts';
import { GOOD, OLDER, proofs, told } from '../../../support/proofs.ts';
import { kept, protections } from '../../../support/protections.ts';
import {
  anEntry,
  aRelease,
  CANDIDATE,
  imageOf,
  inBake,
  ofStable,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

const past = [anEntry({ verdict: 'Promoted' }), anEntry({ digest: GOOD }), anEntry({ digest: OLDER })];
const lost = (...digests: readonly string[]) =>
  kept(Object.fromEntries(digests.map((digest) => [digest, protections.Lost])));

describe('a digest that cannot be pulled any more', () => {
  const failing = inBake({ orders: { abort: CANDIDATE }, status: { history: past } });

  it.each([
    ['is not returned to where another is there', told({ [STABLE]: proofs.Refused }), [GOOD], OLDER],
    [
      'is not returned to in place of a stable without proof',
      told({ [STABLE]: proofs.Refused }),
      [GOOD, OLDER],
      STABLE,
    ],
    [
      'is returned to where all are lost and only it is proven',
      told({ [STABLE]: proofs.Refused }),
      [STABLE, GOOD, OLDER],
      GOOD,
    ],
    ['is returned to where stable is revoked', told({ [STABLE]: proofs.Revoked }), [GOOD, OLDER], GOOD],
    ['is returned to as stable, whose pods may still have it', told({}), [STABLE], STABLE],
  ])('%s', (_, verification, digests, expected) => {
    const decision = decided(failing, afterPromotion({ verification, ...lost(...digests) }));
    expect(pinnedBy(decision)).toEqual([imageOf(expected)]);
  });

  it.each(['DigestNotFound', 'DigestCorrupt', 'BlobsLost'] as const)('%s is one', (reason) => {
    const seen = { ...kept({ [GOOD]: { ...protections.Lost, reason } }) };
    const verification = told({ [STABLE]: proofs.Refused });
    const decision = decided(failing, afterPromotion({ verification, ...seen }));
    expect(pinnedBy(decision)).toEqual([imageOf(OLDER)]);
  });

  it.each(['Forbidden', 'Outage', 'Pending'] as const)('is not what is only %s', (answer) => {
    const seen = kept({ [GOOD]: protections[answer] });
    const verification = told({ [STABLE]: proofs.Refused });
    const decision = decided(failing, afterPromotion({ verification, ...seen }));
    expect(pinnedBy(decision)).toEqual([imageOf(GOOD)]);
  });

  it('as stable is named in what a roll-back says', () => {
    const decision = decided(failing, afterPromotion(lost(STABLE)));
    const warned =
      'aaaaaaaa cannot be pulled (layer 4f53cda1 is gone), so it starts only where a node still has it';
    expect(decision.status.message).toContain(warned);
    expect(decision.notices.find(({ reason }) => reason === 'Aborted')?.message).toContain(warned);
  });
});

describe('rollback-to a digest that cannot be pulled any more', () => {
  it('is refused, with the reason', () => {
    const release = aRelease({ spec: ofStable, orders: { 'rollback-to': GOOD }, status: { history: past } });
    const decision = decided(release, anObservation({ verification: told({}), ...lost(GOOD) }));
    expect(decision.status.phase).toBe('Healthy');
    expect(decision.notices.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/refused: it cannot be pulled any more: layer 4f53cda1 is gone/),
      ]),
    );
  });

  it('is carried out where it is stable: so does every roll-back', () => {
    const release = onCanary({ orders: { 'rollback-to': STABLE } });
    expect(decided(release, withCanary(lost(STABLE)), '1m').status.phase).toBe('RollingBack');
  });
});
