import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { anObservation, unanswered, verifiedAs } from '../../../support/observations.ts';
import { aRelease, at, CANDIDATE } from '../../../support/releases.ts';

describe('verification', () => {
  it.each([
    ['has no answer', anObservation({ verification: verifiedAs(unanswered, CANDIDATE) }), 'does not answer'],
    ['was never asked for', anObservation({ verification: new Map() }), 'there is no answer yet'],
  ])('that %s is asked for again, and starts no pod', (_, seen, why) => {
    const first = decide(aRelease({ status: {} }), seen, at('10s'));
    expect(first.status.phase).toBe('Verifying');
    expect(first.status.message).toContain(why);
    expect(first.status.message).toContain('no pod runs it until this is known; asked again at 12:00:40Z');
    expect(first.wakeAt).toEqual(at('40s'));
    expect(first.effects).toEqual([]);
    const later = decide({ ...aRelease(), status: first.status }, seen, at('45s'));
    expect(later.wakeAt).toEqual(at('70s'));
    expect(later.notices).toEqual([]);
  });

  it('sizes the canary of a target that is missing by nothing', () => {
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const release = aRelease({ spec: { targets } });
    const verifying = decide(
      aRelease({ status: {} }),
      anObservation({ verification: new Map() }),
      at(),
    ).status;
    const { status } = decide({ ...release, status: verifying }, anObservation(), at('1m'));
    expect(status.candidate?.replicas).toEqual([
      { name: 'checkout', count: 1 },
      { name: 'worker', count: 0 },
    ]);
  });
});
