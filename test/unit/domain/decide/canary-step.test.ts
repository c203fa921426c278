import { describe, expect, it } from 'vitest';
import { brief, decided, effectsOf, imagesOf, phaseOf } from '../../../support/decisions.ts';
import { aCanary, aTarget, counted, notCounted, withCanary } from '../../../support/observations.ts';
import {
  AVAILABILITY,
  aCandidate,
  aRelease,
  at,
  CANDIDATE,
  imageOf,
  iso,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const measured = { objectives: [AVAILABILITY] };
const good = counted(totals(0, 100_000, 0, 100_000));
const bad = counted(totals(50_000, 100_000, 100, 100_000));
const emptied = withCanary({ targets: [aTarget({ canary: aCanary({ availableReplicas: 0 }) })] });

describe('a step of the canary', () => {
  const waiting = aRelease({
    status: {
      phase: 'Progressing',
      candidate: aCandidate({ replicas: [{ name: 'checkout', count: 1 }] }),
    },
  });

  it('waits for its pods, with a deadline', () => {
    const decision = decided(waiting, emptied, '1m');
    expect(brief(decision)).toEqual(['Progressing', 'WaitingForPods']);
    expect(decision.wakeAt).toEqual(at('10m'));
    expect(decision.status.candidate?.stepStartedAt).toBeUndefined();
  });

  it('starts its clock and its weight when they are available', () => {
    const { status, wakeAt } = decided(waiting, withCanary(), '1m');
    expect(status.candidate).toMatchObject({ weight: 10, stepStartedAt: iso('1m') });
    expect(wakeAt).toEqual(at('6m'));
  });

  it('rolls back when they are not by the deadline', () => {
    const decision = decided(waiting, emptied, '10m');
    expect(brief(decision)).toEqual(['RollingBack', 'ProgressDeadlineExceeded', 'DeleteCanary']);
  });

  it('passes on to the next one, with more pods and no clock', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: good }), '5m');
    expect(brief(decision)).toEqual(['Progressing', 'WaitingForPods', 'ScaleCanary']);
    expect(decision.status.candidate).toMatchObject({ step: 1, weight: 10, replicas: [{ count: 9 }] });
    expect(decision.status.candidate?.stepStartedAt).toBeUndefined();
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it('does not end before its time', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: good }), '4m59s');
    expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { step: 0 } });
  });

  it('rolls back on evidence before its time, and touches no workload', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: bad }), '1m');
    expect(phaseOf(decision)).toBe('RollingBack');
    expect(effectsOf(decision)).toEqual(['DeleteCanary']);
  });

  it.each(['NoData', 'NotANumber', 'MetricsUnavailable'] as const)('holds on %s', (reason) => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: notCounted(reason) }), '5m');
    expect(brief(decision)).toEqual(['Holding', reason]);
    expect(decision.wakeAt).toEqual(at('5m30s'));
  });

  it('holds as soon as counts are unknown, not only at its end', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: notCounted() }), '1m');
    expect(brief(decision)).toEqual(['Holding', 'NoData']);
  });

  it.each([
    ['Pause', ['Paused', 'HoldExpired']],
    ['Rollback', ['RollingBack', 'HoldExpired', 'DeleteCanary']],
  ])('on hold for maxHold does as onHoldExpired says: %s', (onHoldExpired, expected) => {
    const spec = { ...measured, analysis: { onHoldExpired } };
    const release = onCanary({
      spec,
      status: { phase: 'Holding', phaseStartedAt: iso(), hold: { reason: 'NoData', since: iso() } },
    });
    const seen = withCanary({ counts: notCounted() });
    expect(phaseOf(decided(release, seen, '29m59s'))).toBe('Holding');
    expect(brief(decided(release, seen, '30m'))).toEqual(expected);
  });

  const last = onCanary({
    spec: measured,
    status: {
      candidate: aCandidate({
        step: 1,
        weight: 50,
        stepStartedAt: iso(),
        replicas: [{ name: 'checkout', count: 9 }],
      }),
    },
  });
  const ninePods = [aTarget({ canary: aCanary({ replicas: 9 }) })];

  it('that is the last one promotes the digest that was analysed', () => {
    const decision = decided(last, withCanary({ targets: ninePods, counts: good }), '10m');
    expect(brief(decision)).toEqual(['Promoting', 'Promoting', 'PinWorkload']);
    expect(imagesOf(decision)).toEqual([imageOf(CANDIDATE)]);
    expect(decision.effects).toMatchObject([{ images: [{ image: imageOf(CANDIDATE) }], drift: false }]);
  });
});
