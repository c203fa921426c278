import { describe, expect, it } from 'vitest';
import type { ObservedTarget } from '../../../../src/domain/observation.ts';
import { brief, decided } from '../../../support/decisions.ts';
import {
  anObservation,
  app,
  aRival,
  aTarget,
  aWorkload,
  refused,
  satisfied,
  unanswered,
  verifiedAs,
} from '../../../support/observations.ts';
import { aRelease, NEXT, ofStable, STABLE } from '../../../support/releases.ts';

const missing: ObservedTarget = { name: 'checkout', running: new Map() };

describe('a release at rest', () => {
  const resting = aRelease({ spec: ofStable, status: {} });

  it('waits for nothing but a new digest', () => {
    const decision = decided(resting, anObservation(), '100h');
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.wakeAt).toBeUndefined();
    expect(decision.status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('True');
  });

  it('puts back an image that somebody else changed', () => {
    const seen = anObservation({ targets: [aTarget({ workload: aWorkload({ containers: [app(NEXT)] }) })] });
    expect(decided(resting, seen).effects).toMatchObject([{ kind: 'PinWorkload', drift: true }]);
  });

  it('waits for a Deployment that is gone', () => {
    expect(brief(decided(resting, anObservation({ targets: [missing] })))).toEqual([
      'Pending',
      'DeploymentNotFound',
    ]);
  });

  it.each([
    [satisfied, 'True'],
    [unanswered, 'False'],
    [refused, 'False'],
  ])('is Ready only while its digest is verified: %o', (check, ready) => {
    const decision = decided(resting, anObservation({ verification: verifiedAs(check, STABLE) }));
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status.conditions.find(({ type }) => type === 'Ready')?.status).toBe(ready);
  });

  it('stands back for an older release of the same Deployment', () => {
    const seen = anObservation({ claims: [aRival()] });
    const decision = decided(aRelease(), seen);
    expect(brief(decision)).toEqual(['Pending', 'DuplicateTarget']);
  });
});
