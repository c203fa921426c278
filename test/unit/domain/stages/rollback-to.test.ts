import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { refusalOf } from '../../../support/decisions.ts';
import {
  anObservation,
  app,
  aTarget,
  aWorkload,
  proxy,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import {
  aFailure,
  alice,
  anEntry,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  NEXT,
  ofStable,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

describe('rollback-to', () => {
  const older = anEntry({ digest: NEXT, version: '1.40.0', verdict: 'Promoted', reason: 'Promoted' });
  const history = [anEntry(), older];
  const atRest = (changes: Parameters<typeof aRelease>[0] = {}) =>
    aRelease({ spec: ofStable, metadata: alice, ...changes });

  it('leaves stable for a digest that was promoted before', () => {
    const release = atRest({ orders: { 'rollback-to': NEXT }, status: { history } });
    const { status, effects } = decide(release, anObservation(), at('1m'));
    expect(status).toMatchObject({
      phase: 'RollingBack',
      stable: { digest: NEXT, version: '1.40.0' },
      failure: { digest: STABLE, reason: 'RollbackRequested', by: 'alice' },
      pins: [aPin(NEXT)],
    });
    expect(effects).toMatchObject([{ kind: 'RemoveAnnotations' }, { kind: 'PinWorkload', name: 'checkout' }]);
  });

  it('stable ends the trial and touches no workload', () => {
    const release = onCanary({ orders: { 'rollback-to': STABLE } });
    const { status, effects } = decide(release, withCanary(), at('1m'));
    expect(status).toMatchObject({ stable: { digest: STABLE }, failure: { verdict: 'Aborted' } });
    expect(effects.map(({ kind }) => kind)).toEqual(['RemoveAnnotations', 'DeleteCanary']);
  });

  it('another digest ends the trial as well', () => {
    const release = onCanary({ orders: { 'rollback-to': NEXT }, status: { history } });
    const { status } = decide(release, withCanary(), at('1m'));
    expect(status).toMatchObject({ stable: { digest: NEXT }, pins: [aPin(NEXT)] });
  });

  it.each([
    [
      'it is not in the history',
      atRest({ orders: { 'rollback-to': CANDIDATE }, status: {} }),
      'not in the history',
    ],
    ['it is stable already', atRest({ orders: { 'rollback-to': STABLE }, status: {} }), 'stable already'],
    ['nothing is adopted', aRelease({ orders: { 'rollback-to': NEXT } }), 'nothing is adopted'],
    [
      'it is the one under trial',
      onCanary({
        orders: { 'rollback-to': CANDIDATE },
        status: { history: [anEntry({ digest: CANDIDATE, verdict: 'Promoted' })] },
      }),
      'under trial',
    ],
  ])('is refused when %s', (_, release, why) => {
    const seen = release.status ? withCanary() : anObservation({ targets: [] });
    expect(refusalOf(decide(release, seen, at('1m')))).toContain(why);
  });

  it('is refused when a roll-back is in progress', () => {
    const failure = aFailure();
    const release = onCanary({ orders: { 'rollback-to': NEXT }, status: { failure, history } });
    expect(refusalOf(decide(release, withCanary(), at('1m')))).toContain('in progress');
  });

  it('is refused when it is not verified now', () => {
    const release = atRest({ orders: { 'rollback-to': NEXT }, status: { history } });
    const seen = anObservation({ verification: verifiedAs(unanswered, NEXT) });
    expect(refusalOf(decide(release, seen, at('1m')))).toContain('not verified');
  });

  it('a digest does not bring back the one that was left, although Git still names it', () => {
    const gone = atRest({ orders: { 'rollback-to': NEXT }, status: { history: [older] } });
    const left = decide(gone, anObservation(), at('1m')).status;
    const seen = anObservation({
      targets: [aTarget({ workload: aWorkload({ containers: [app(NEXT), proxy] }) })],
    });
    const { status } = decide({ ...atRest(), status: left }, seen, at('2m'));
    expect(status).toMatchObject({ phase: 'RolledBack', stable: { digest: NEXT } });
    expect(status.candidate).toBeUndefined();
  });
});
