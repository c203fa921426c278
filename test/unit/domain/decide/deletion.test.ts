import { describe, expect, it } from 'vitest';
import { decided, effectsOf, imagesOf } from '../../../support/decisions.ts';
import { afterPromotion, anObservation, withCanary } from '../../../support/observations.ts';
import { kept } from '../../../support/protections.ts';
import {
  aCandidate,
  aRelease,
  at,
  imageOf,
  inBake,
  iso,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

describe('deletion', () => {
  const metadata = { deletionTimestamp: iso() };

  it.each([
    ['Pending', aRelease({ metadata }), anObservation(), ['RemoveFinalizer']],
    ['Healthy', aRelease({ metadata, status: {} }), anObservation(), ['RemoveFinalizer']],
    [
      'Verifying',
      aRelease({ metadata, status: { phase: 'Verifying', candidate: aCandidate() } }),
      anObservation(),
      ['RemoveFinalizer'],
    ],
    ['Progressing', onCanary({ metadata }), withCanary(), ['DeleteCanary']],
    [
      'Suspended',
      onCanary({ metadata, status: { phase: 'Suspended', suspended: 'Progressing' } }),
      withCanary(),
      ['DeleteCanary'],
    ],
    ['Baking', inBake({ metadata }), afterPromotion(), ['PinWorkload']],
  ])('in phase %s leaves nothing but stable', (_, release, seen, effects) => {
    const decision = decided(release, seen, '1m');
    expect(effectsOf(decision)).toEqual(effects);
    expect(decision.status.candidate).toBeUndefined();
    if (release.status) expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it.each([
    ['Orphan', 'Tags', []],
    ['Orphan', 'Report', ['RemoveFinalizer']],
    ['Orphan', 'None', ['RemoveFinalizer']],
    ['Release', 'Tags', ['RemoveFinalizer']],
  ] as const)('with policy %s and mode %s waits until it is on record that tags stay: %j', (policy, mode, effects) => {
    const protection = { mode: 'Tags', deletionPolicy: policy };
    const release = aRelease({ metadata, spec: { protection }, status: {} });
    expect(effectsOf(decided(release, anObservation(kept({}, mode)), '1m'))).toEqual(effects);
  });

  it('says that it waits for that record, and goes on once it is there', () => {
    const protection = { mode: 'Tags', deletionPolicy: 'Orphan' };
    const release = aRelease({ metadata, spec: { protection }, status: {} });
    const waiting = decided(release, anObservation(kept()), '10s');
    expect(waiting.status.message).toBe(
      'Deleting: waiting for it to be on record that its tags stay (spec.protection.deletionPolicy is Orphan); workloads go on running aaaaaaaa; looked at again at 12:00:30Z',
    );
    expect(waiting.wakeAt).toEqual(at('30s'));
    const { protection: digests, protectionState } = kept();
    const recorded = { protection: digests, protectionState: { ...protectionState, orphaned: true } };
    expect(effectsOf(decided(release, anObservation(recorded), '20s'))).toEqual(['RemoveFinalizer']);
  });

  it('does nothing more once the finalizer is gone', () => {
    expect(effectsOf(decided(aRelease({ metadata: { ...metadata, finalizers: [] }, status: {} })))).toEqual(
      [],
    );
  });
});
