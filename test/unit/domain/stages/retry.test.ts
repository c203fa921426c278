import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { noticesOf, refusalOf } from '../../../support/decisions.ts';
import { anObservation, withCanary } from '../../../support/observations.ts';
import { anEntry, aRelease, at, CANDIDATE, onCanary } from '../../../support/releases.ts';

describe('retry', () => {
  const history = [anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' })];

  it('starts another trial of a refused digest', () => {
    const release = aRelease({ orders: { retry: CANDIDATE }, status: { phase: 'RolledBack', history } });
    const decision = decide(release, anObservation(), at('1m'));
    expect(decision.status).toMatchObject({
      phase: 'Progressing',
      candidate: { attempt: 2, step: 0, weight: 0 },
    });
    expect(noticesOf(decision)).toEqual(['Retried', 'ReleaseStarted']);
  });

  it.each([
    ['it is not refused', aRelease({ orders: { retry: CANDIDATE }, status: {} }), 'not refused'],
    ['a release is in flight', onCanary({ orders: { retry: CANDIDATE } }), 'in flight'],
  ])('is refused when %s', (_, release, why) => {
    expect(refusalOf(decide(release, withCanary(), at('1m')))).toContain(why);
  });
});
