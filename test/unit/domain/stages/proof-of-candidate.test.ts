import { describe, expect, it } from 'vitest';
import { conditionOf, decided, effectsOf, pinnedBy } from '../../../support/decisions.ts';
import {
  aCanary,
  afterPromotion,
  anObservation,
  app,
  aTarget,
  aWorkload,
  withCanary,
} from '../../../support/observations.ts';
import { proofs, revoked, told } from '../../../support/proofs.ts';
import {
  aCandidate,
  anEntry,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  ofStable,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';

describe('a candidate that is revoked', () => {
  const verification = revoked(CANDIDATE);
  const held = { reason: 'NoData', since: iso() } as const;

  it.each([
    ['Progressing', {}],
    ['Holding', { hold: held }],
    ['Paused', {}],
  ] as const)('is left in the very same pass in phase %s', (phase, status) => {
    const decision = decided(onCanary({ status: { phase, ...status } }), withCanary({ verification }));
    expect(decision.status).toMatchObject({
      phase: 'RollingBack',
      candidate: { weight: 0 },
      failure: { reason: 'Revoked' },
    });
    expect(effectsOf(decision)).toEqual(['DeleteCanary']);
  });

  it.each(['Promoting', 'Baking'] as const)('takes its workloads back to stable in phase %s', (phase) => {
    const weight = phase === 'Baking' ? 100 : 50;
    const release = inBake({ status: { phase, candidate: aCandidate({ step: 1, weight }) } });
    const decision = decided(release, afterPromotion({ verification }));
    expect(decision.status).toMatchObject({ phase: 'RollingBack', failure: { reason: 'Revoked' } });
    expect([pinnedBy(decision), effectsOf(decision)]).toEqual([[`${REPOSITORY}@${STABLE}`], ['PinWorkload']]);
  });

  it.each([
    'Verifying',
    'Blocked',
  ] as const)('is blocked in phase %s, and goes on once that is lifted', (phase) => {
    const release = aRelease({ status: { phase, candidate: aCandidate() } });
    const decision = decided(release, anObservation({ verification }));
    expect([decision.status.phase, conditionOf(decision, 'Verified')]).toEqual(['Blocked', 'False Revoked']);
    expect(decision.status.message).toMatch(/incident-7.*goes on by itself/);
    const lifted = decided(
      { ...release, status: decision.status },
      anObservation({ verification: told({}) }),
    );
    expect(lifted.status).toMatchObject({ phase: 'Progressing', candidate: { attempt: 1 } });
  });

  it('stays frozen while suspended, and the message says what is revoked', () => {
    const release = onCanary({
      spec: { suspend: true },
      status: { phase: 'Suspended', suspended: 'Progressing' },
    });
    const decision = decided(release, withCanary({ verification }));
    expect([decision.status.phase, effectsOf(decision)]).toEqual(['Suspended', []]);
    expect(decision.status.message).toContain('incident-7');
  });

  it.each([
    [
      'retry',
      aRelease({
        orders: { retry: CANDIDATE },
        status: { history: [anEntry({ digest: CANDIDATE, verdict: 'RolledBack' })] },
      }),
    ],
    [
      'promote',
      aRelease({ orders: { promote: CANDIDATE }, status: { phase: 'Blocked', candidate: aCandidate() } }),
    ],
    [
      'rollback-to',
      aRelease({
        orders: { 'rollback-to': CANDIDATE },
        spec: ofStable,
        status: { history: [anEntry(), anEntry({ digest: CANDIDATE, verdict: 'Promoted' })] },
      }),
    ],
  ])('is not helped by %s', (_, release) => {
    const { notices } = decided(release, anObservation({ verification }));
    expect(notices).toMatchObject([{ reason: 'CommandRefused' }]);
    expect(notices[0]?.message).toContain('it is revoked: incident-7');
  });
});

describe('pods', () => {
  it.each(['Unknown', 'Pending'] as const)('are not started anew while the proof is %s', (answer) => {
    const verification = told({ [CANDIDATE]: proofs[answer] });
    const gone = decided(onCanary(), anObservation({ verification }));
    expect(effectsOf(gone)).toEqual([]);
    const scaled = [aTarget({ canary: aCanary({ replicas: 0 }) })];
    expect(effectsOf(decided(onCanary(), anObservation({ targets: scaled, verification })))).toEqual([]);
  });

  it('that lost their proof before they stood have their whole deadline when it is back', () => {
    const waiting = aRelease({
      status: { phase: 'Progressing', candidate: aCandidate({ replicas: [{ name: 'checkout', count: 1 }] }) },
    });
    const held = decided(
      waiting,
      anObservation({ verification: told({ [CANDIDATE]: proofs.Unknown }) }),
      '9m',
    );
    expect(held.status).toMatchObject({ phase: 'Holding', hold: { reason: 'RegistryUnavailable' } });
    const back = decided({ ...waiting, status: held.status }, anObservation(), '12m');
    expect(back.status).toMatchObject({ phase: 'Progressing', candidate: { stageEnteredAt: iso('12m') } });
    expect(effectsOf(back)).toEqual(['ApplyCanary']);
    expect(back.wakeAt).toEqual(at('22m'));
  });

  it('of a target that joins wait until stable is verified', () => {
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const release = aRelease({ spec: { ...ofStable, targets }, status: {} });
    const seen = [
      aTarget(),
      aTarget({ name: 'worker', workload: aWorkload({ name: 'worker', containers: [app(NEXT)] }) }),
    ];
    const verification = told({ [STABLE]: proofs.Unknown });
    const decision = decided(release, anObservation({ targets: seen, verification }));
    expect([decision.status.phase, effectsOf(decision)]).toEqual(['Pending', []]);
    expect(decision.status.message).toContain('worker joins once aaaaaaaa is verified');
    const joined = decided({ ...release, status: decision.status }, anObservation({ targets: seen }));
    expect(effectsOf(joined)).toEqual(['PinWorkload']);
  });
});
