import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/decide.ts';
import {
  aCanary,
  afterPromotion,
  aTarget,
  counted,
  notCounted,
  rolling,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../support/observations.ts';
import {
  AVAILABILITY,
  aCandidate,
  aPin,
  at,
  CANDIDATE,
  inBake,
  iso,
  onCanary,
} from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const spec = { objectives: [AVAILABILITY] };
const blind = withCanary({ counts: notCounted('NoData') });
const good = withCanary({ counts: counted(totals(0, 5_000, 0, 5_000)) });
const held = (reason: 'NoData' | 'MetricsUnavailable', since = '1m') =>
  ({ phase: 'Holding', phaseStartedAt: iso(since), hold: { reason, since: iso(since) } }) as const;
const underway = { weight: 10, stepStartedAt: iso(), replicas: [{ name: 'checkout', count: 1 }] };
const reasons = ({ notices }: ReturnType<typeof decide>): string[] => notices.map(({ reason }) => reason);

describe('a hold', () => {
  it('says what is missing, until when it waits, and what happens then', () => {
    const { status, notices, wakeAt } = decide(onCanary({ spec }), blind, at('1m'));
    expect(status.message).toBe(
      'Step 1/2 at 10% on hold: availability: NoData; pauses at 12:31:00Z unless that changes',
    );
    expect(notices).toMatchObject([{ type: 'Warning', reason: 'NoData' }]);
    expect(wakeAt).toEqual(at('1m30s'));
  });

  it('tells of another reason, and goes on since its beginning', () => {
    const release = onCanary({ spec, status: held('MetricsUnavailable') });
    const decision = decide(release, blind, at('2m'));
    expect(reasons(decision)).toEqual(['NoData']);
    expect(decision.status.hold).toEqual({ reason: 'NoData', since: iso('1m') });
  });

  it('is not put off by pods that come and go', () => {
    const analysis = { maxHold: '5m' };
    const gone = withCanary({ targets: [aTarget({ canary: rolling(aCanary()) })] });
    let release = onCanary({ spec: { ...spec, analysis } });
    for (let minute = 1; minute <= 6; minute++) {
      const seen = minute % 2 === 0 ? gone : blind;
      release = { ...release, status: decide(release, seen, at(`${minute}m`)).status };
    }
    expect(decide(release, blind, at('7m')).status.phase).toBe('Paused');
  });

  it('ends with the data, which is told with its length', () => {
    const decision = decide(onCanary({ spec, status: held('NoData') }), good, at('3m30s'));
    expect(decision.status.phase).toBe('Progressing');
    expect(decision.status.hold).toBeUndefined();
    expect(decision.notices.map(({ message }) => message)).toEqual([
      'Hold for NoData ended after 2m30s; bbbbbbbb goes on',
    ]);
  });

  it('for lost proof waits without a next evaluation where there is nothing to evaluate', () => {
    const seen = withCanary({ verification: verifiedAs(unanswered, CANDIDATE) });
    const { status, wakeAt } = decide(onCanary(), seen, at('1m'));
    expect(status.hold?.reason).toBe('VerificationUnknown');
    expect(wakeAt).toEqual(at('31m'));
  });
});

describe('a step without any data yet', () => {
  const decideAt = (time: string, counts = notCounted('NoData'), status = {}) =>
    decide(onCanary({ spec, status }), withCanary({ counts }), at(time));

  it('is not on hold before its second evaluation, and says when it will be', () => {
    const { status, notices, wakeAt } = decideAt('59s');
    expect(status).toMatchObject({ phase: 'Progressing' });
    expect(status.hold).toBeUndefined();
    expect(status.message).toBe(
      'Step 1/2 at 10%: no data yet (availability: NoData); on hold from 12:01:00Z unless there is some; next evaluation 12:01:00Z, step ends at the earliest 12:05:00Z',
    );
    expect([notices, wakeAt]).toEqual([[], at('1m')]);
  });

  it('is on hold from then on, and for maxHold from then on', () => {
    const { status, notices } = decideAt('1m');
    expect(status).toMatchObject({ phase: 'Holding', hold: { reason: 'NoData', since: iso('1m') } });
    expect(notices).toMatchObject([{ reason: 'NoData' }]);
    expect(status.message).toContain('pauses at 12:31:00Z');
  });

  it('does not pass at its end', () => {
    const steps = [{ weight: 10, duration: '10s' }];
    const release = onCanary({ spec: { ...spec, canary: { steps } } });
    const { status, wakeAt } = decide(release, blind, at('45s'));
    expect([status.phase, wakeAt]).toEqual(['Progressing', at('1m')]);
    expect(decide(release, blind, at('1m')).status.phase).toBe('Holding');
  });

  const record = {
    objective: 'availability',
    evaluatedAt: iso('30s'),
    current: totals(0, 900, 0, 900),
    steps: [],
    evidence: 0,
    verdict: 'Pass',
    reason: 'WithinBudget',
  } as const;
  it.each([
    ['there was data in it', notCounted('NoData'), { analysis: [record] }],
    ['the query fails', notCounted('MetricsUnavailable'), {}],
    ['it is on hold already', notCounted('NoData'), held('MetricsUnavailable', '30s')],
  ])('holds at once where %s', (_, counts, status) => {
    expect(decideAt('45s', counts, status).status.phase).toBe('Holding');
  });

  it('does not take the data of the step before for its own', () => {
    const analysis = [{ ...record, evaluatedAt: '2026-06-01T11:59:30.000Z' }];
    expect(decideAt('45s', notCounted('NoData'), { analysis }).status.phase).toBe('Progressing');
  });
});

describe('a hold that lasted maxHold', () => {
  it('pauses until a person decides', () => {
    const decision = decide(onCanary({ spec, status: held('NoData') }), blind, at('31m'));
    expect(decision.status.phase).toBe('Paused');
    expect(decision.status.message).toContain(
      `annotate artifactrelease.dev/approve=${CANDIDATE} to go on, or artifactrelease.dev/abort=${CANDIDATE} to roll back`,
    );
    expect(reasons(decision)).toEqual(['HoldExpired']);
  });

  it('rolls back where the spec says so', () => {
    const analysis = { onHoldExpired: 'Rollback' };
    const release = onCanary({ spec: { ...spec, analysis }, status: held('NoData') });
    expect(decide(release, blind, at('30m59s')).status.message).toContain('rolls back at 12:31:00Z');
    expect(decide(release, blind, at('31m')).status.failure).toMatchObject({
      verdict: 'RolledBack',
      reason: 'HoldExpired',
      message: 'Step 1/2 at 10% on hold for 30m: availability: NoData',
    });
  });

  const paused = { phase: 'Paused', hold: { reason: 'NoData', since: iso('1m') } } as const;

  it('stays paused when data is back, in the step as at its end', () => {
    const release = onCanary({ spec: { ...spec, analysis: { maxHold: '1m' } }, status: paused });
    for (const later of ['3m', '40m']) expect(decide(release, good, at(later)).status.phase).toBe('Paused');
  });

  it('stays paused while pods come and go, and when the clock goes back', () => {
    const release = onCanary({ spec, status: paused });
    const gone = withCanary({ targets: [aTarget({ canary: rolling(aCanary()) })] });
    const { status } = decide(release, gone, at('32m'));
    expect(status).toMatchObject({ phase: 'Paused', hold: { reason: 'WaitingForPods' } });
    expect(decide({ ...release, status }, good, at('33m')).status.phase).toBe('Paused');
    expect(decide(release, blind, at('2m')).status.phase).toBe('Paused');
  });

  it('goes on to the next step when a person answers for this one', () => {
    const release = onCanary({ spec, status: paused, orders: { approve: CANDIDATE } });
    const decision = decide(release, blind, at('32m'));
    expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { step: 1 } });
    expect(reasons(decision)).toEqual(['Approved', 'HoldEnded', 'StepCompleted']);
  });

  it('never goes on without proof, whoever approves', () => {
    const release = onCanary({ spec, status: paused, orders: { approve: CANDIDATE } });
    const seen = { ...blind, verification: verifiedAs(unanswered, CANDIDATE) };
    expect(decide(release, seen, at('32m')).status).toMatchObject({
      phase: 'Paused',
      candidate: { step: 0, approvedStep: 0 },
    });
  });

  it('asks for a new approval: the one from before was given for other numbers', () => {
    const steps = [{ weight: 50, duration: '5m', approval: true }];
    const release = onCanary({
      spec: { ...spec, canary: { steps } },
      status: {
        ...held('NoData'),
        candidate: aCandidate({ ...underway, approvedStep: 0, approvedBy: 'alice' }),
      },
    });
    const { status } = decide(release, blind, at('31m'));
    expect(status.phase).toBe('Paused');
    expect(status.candidate).not.toHaveProperty('approvedStep');
  });
});

describe('a hold in the bake', () => {
  const inBakeSeen = afterPromotion({ counts: notCounted('NoData') });

  it.each(['1h', '0h60m', '0m30s'])('of %s is entered at its end, where counts are unknown', (duration) => {
    const release = inBake({ spec: { ...spec, bake: { duration } } });
    expect(decide(release, inBakeSeen, at('1h')).status).toMatchObject({ phase: 'Holding' });
  });

  it('is no hold where the bake takes no time', () => {
    const release = inBake({ spec: { ...spec, bake: { duration: '0m0s' } } });
    expect(decide(release, inBakeSeen, at('1s')).status).toMatchObject({ phase: 'Healthy' });
  });

  it('before its end only says that counts are unknown', () => {
    const { status, wakeAt } = decide(inBake({ spec }), inBakeSeen, at('1m'));
    expect(status).toMatchObject({ phase: 'Baking' });
    expect(status.message).toBe('Baking bbbbbbbb until 13:00:00Z: availability: NoData');
    expect(wakeAt).toEqual(at('1m30s'));
  });

  it('that paused ends with the data too, and says so', () => {
    const hold = { reason: 'NoData', since: iso('1h') } as const;
    const release = inBake({ spec, status: { phase: 'Holding', phaseStartedAt: iso('1h'), hold } });
    const { status } = decide(release, inBakeSeen, at('1h30m'));
    expect(status.phase).toBe('Paused');
    expect(status.message).toContain(
      'it ends when that does, or by a person: waiting for a person to annotate',
    );
    const seen = afterPromotion({ counts: counted(totals(0, 5_000, 0, 0)) });
    expect(decide({ ...release, status }, seen, at('1h31m')).status.phase).toBe('Healthy');
  });

  it('ends with a person who answers for it', () => {
    const status = { phase: 'Paused', hold: { reason: 'NoData', since: iso('1h') } } as const;
    const release = inBake({ spec, status, orders: { approve: CANDIDATE } });
    expect(decide(release, inBakeSeen, at('2h')).status).toMatchObject({
      phase: 'Healthy',
      stable: { digest: CANDIDATE },
    });
  });

  it('is not answered for by an approval of a step, where the spec has lost steps since', () => {
    const candidate = aCandidate({ ...underway, step: 1, approvedStep: 1, approvedBy: 'alice' });
    const steps = [{ weight: 10, duration: '5m' }];
    const release = onCanary({
      spec: { ...spec, canary: { steps } },
      status: { phase: 'Promoting', pins: [aPin(CANDIDATE)], candidate },
    });
    const baking = { ...release, status: decide(release, afterPromotion(), at()).status };
    expect(baking.status.candidate).toMatchObject({ weight: 100, approvedBy: 'alice' });
    expect(decide(baking, inBakeSeen, at('1h')).status.phase).toBe('Holding');
  });
});
