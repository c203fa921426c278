import { describe, expect, it } from 'vitest';
import { brief, decided } from '../../../support/decisions.ts';
import { anObservation, app, aTarget, aWorkload, withCanary } from '../../../support/observations.ts';
import { aCandidate, aRelease, inBake, iso, NEXT, onCanary } from '../../../support/releases.ts';

describe('suspension', () => {
  it.each([
    [
      'verification',
      aRelease({ spec: { suspend: true }, status: { phase: 'Verifying', candidate: aCandidate() } }),
    ],
    ['canary', onCanary({ spec: { suspend: true } })],
    ['bake', inBake({ spec: { suspend: true } })],
  ])('in the %s touches nothing, not even what drifted', (_, release) => {
    const seen = anObservation({ targets: [aTarget({ workload: aWorkload({ containers: [app(NEXT)] }) })] });
    expect(brief(decided(release, seen, '99h'))).toEqual(['Suspended', 'Suspended']);
  });

  it('ends where it began, and the step starts its clock again', () => {
    const release = onCanary({ status: { phase: 'Suspended', suspended: 'Progressing' } });
    const { status } = decided(release, withCanary(), '2h');
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { step: 0, stepStartedAt: iso('2h') } });
  });
});
