import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { complaints } from '../../../support/conditions-check.ts';
import { aCanary, anObservation, aTarget, aWorkload } from '../../../support/observations.ts';
import { aCandidate, aRelease, at, CANDIDATE, iso } from '../../../support/releases.ts';

const worker = { name: 'worker', workload: aWorkload({ name: 'worker' }) };
const scaled = (replicas: number) =>
  anObservation({
    targets: [aTarget({ workload: aWorkload({ replicas }), canary: aCanary({ replicas: 0 }) })],
  });
const waiting = (phase: 'Verifying' | 'Progressing' = 'Verifying') =>
  aRelease({ status: { phase, candidate: aCandidate() } });

describe('a trial while stable is scaled to 0', () => {
  it('holds: a digest that no pod ever ran is not promoted, however long it takes', () => {
    const decision = decide(waiting(), scaled(0), at('1m'));
    expect(decision.status).toMatchObject({
      phase: 'Holding',
      hold: { reason: 'NoReplicas', since: iso('1m') },
      candidate: { step: 0, weight: 0 },
    });
    expect(decision.status.message).toBe(
      `Step 1/2 at 10% on hold: Deployment checkout scaled to 0 replicas, so no pod would run bbbbbbbb; scale up, and the step begins, or annotate artifactrelease.dev/promote=${CANDIDATE} to go on without a canary`,
    );
    expect(complaints(decision.status, 1)).toEqual([]);
    expect(decision.notices.map(({ reason }) => reason)).toEqual(['ReleaseStarted', 'NoReplicas']);
    const later = decide({ ...waiting(), status: decision.status }, scaled(0), at('100h'));
    expect(later.status).toEqual(decision.status);
    expect([later.notices, later.wakeAt]).toEqual([[], undefined]);
  });

  it('begins its step by itself when there are replicas', () => {
    const { status } = decide(waiting(), scaled(0), at('1m'));
    const decision = decide({ ...waiting(), status }, scaled(9), at('1h'));
    expect(decision.status).toMatchObject({
      phase: 'Progressing',
      candidate: { stageEnteredAt: iso('1h'), replicas: [{ name: 'checkout', count: 1 }] },
    });
    expect(decision.status).not.toHaveProperty('hold');
    expect(decision.effects).toMatchObject([{ kind: 'ScaleCanary', replicas: 1 }]);
    expect(decision.notices.map(({ reason }) => reason)).toEqual(['HoldEnded']);
  });

  it('can be promoted by a person', () => {
    const { status } = decide(waiting(), scaled(0), at('1m'));
    const release = aRelease({ status, orders: { promote: CANDIDATE } });
    expect(decide(release, scaled(0), at('2m')).status).toMatchObject({ phase: 'Promoting' });
  });

  it('goes on where another target has pods', () => {
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const seen = anObservation({
      targets: [aTarget({ workload: aWorkload({ replicas: 0 }) }), aTarget(worker)],
    });
    const release = aRelease({ spec: { targets }, status: { phase: 'Verifying', candidate: aCandidate() } });
    expect(decide(release, seen, at('1m')).status).toMatchObject({ phase: 'Progressing' });
  });
});
