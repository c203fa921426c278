import { describe, expect, it } from 'vitest';
import { ANNOTATIONS, COMMANDS, commandAnnotation } from '../../../../src/api/artifact-release.ts';
import { decide } from '../../../../src/domain/decide.ts';
import type { Observation } from '../../../../src/domain/observation.ts';
import {
  afterPromotion,
  anObservation,
  app,
  aRival,
  aTarget,
  aWorkload,
  proxy,
  refused,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import {
  aCandidate,
  aFailure,
  anEntry,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  onCanary,
  type ReleaseChanges,
  STABLE,
} from '../../../support/releases.ts';

const reasons = ({ notices }: ReturnType<typeof decide>): string[] => notices.map((notice) => notice.reason);
const alice = { annotations: { [ANNOTATIONS.requestedBy]: 'alice' } };
const refusalOf = (decision: ReturnType<typeof decide>): string | undefined =>
  decision.notices.find((notice) => notice.reason === 'CommandRefused')?.message;

describe('an order', () => {
  it('is noted with its consequence, and its annotation removed afterwards', () => {
    const { status, effects } = decide(onCanary({ orders: { abort: CANDIDATE } }), withCanary(), at('1m'));
    expect(status).toMatchObject({ phase: 'RollingBack', failure: { verdict: 'Aborted' } });
    expect(status.acted).toEqual([`abort=${CANDIDATE}`.slice(0, 63)]);
    expect(effects[0]).toEqual({ kind: 'RemoveAnnotations', names: [commandAnnotation('abort')] });
  });

  it('is not carried out twice while its annotation is still there', () => {
    const release = aRelease({
      orders: { retry: CANDIDATE },
      status: {
        acted: [`retry=${CANDIDATE}`.slice(0, 63)],
        history: [anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' })],
      },
    });
    const { status, notices, effects } = decide(release, anObservation(), at());
    expect(status).toMatchObject({ phase: 'RolledBack', acted: [`retry=${CANDIDATE}`.slice(0, 63)] });
    expect(notices).toEqual([]);
    expect(effects.map(({ kind }) => kind)).toEqual(['RemoveAnnotations']);
  });

  it('is forgotten once its annotation is gone', () => {
    const release = aRelease({ spec: {}, status: { acted: ['retry=x'] } });
    expect(decide(release, anObservation(), at()).status.acted).toBeUndefined();
  });

  it('is carried out when it replaces one with another digest that was acted upon', () => {
    const release = onCanary({
      orders: { abort: CANDIDATE },
      status: { acted: [`abort=${NEXT}`.slice(0, 63)] },
    });
    expect(decide(release, withCanary(), at('1m')).status.failure).toMatchObject({ verdict: 'Aborted' });
  });

  it('fits in status whatever was written', () => {
    const { status } = decide(onCanary({ orders: { abort: 'x'.repeat(5000) } }), withCanary(), at('1m'));
    expect(status.acted?.every((mark) => mark.length <= 63)).toBe(true);
  });

  it.each([
    [{ ...alice }, 'alice'],
    [{ commandManager: 'kubectl-annotate' }, 'a user of kubectl-annotate'],
    [{}, 'a user of an unknown tool'],
  ])('is remembered with who gave it: %j', (metadata, by) => {
    const release = onCanary({ metadata, orders: { abort: CANDIDATE } });
    expect(decide(release, withCanary(), at('1m')).status.failure?.by).toBe(by);
  });

  it('of several is carried out one after the other, in one decision', () => {
    const release = onCanary({ metadata: alice, orders: { promote: CANDIDATE, abort: CANDIDATE } });
    const decision = decide(release, withCanary(), at('1m'));
    expect(reasons(decision)).toEqual(['Aborted', 'CommandRefused']);
    expect(decision.status.phase).toBe('RollingBack');
  });
});

describe('every order', () => {
  const deletionTimestamp = iso();
  const spec = { suspend: true };
  const trial = { candidate: aCandidate() };
  const failure = aFailure();
  const older = anObservation({ claims: [aRival()] });
  const none = anObservation({ targets: [{ name: 'checkout', running: new Map() }] });
  const situations: [string, ReleaseChanges, Observation][] = [
    ['Pending', {}, none],
    ['Verifying', { status: { ...trial, phase: 'Verifying' } }, anObservation()],
    ['Blocked', { status: { ...trial, phase: 'Blocked' } }, anObservation()],
    ['Progressing', { status: onCanary().status }, withCanary()],
    ['Holding', { status: { ...onCanary().status, phase: 'Holding' } }, withCanary()],
    ['Paused', { status: { ...onCanary().status, phase: 'Paused' } }, withCanary()],
    ['Promoting', { status: { ...trial, phase: 'Promoting', pins: [aPin(CANDIDATE)] } }, anObservation()],
    ['Baking', { status: inBake().status }, afterPromotion()],
    ['Healthy', { status: {} }, anObservation()],
    ['RollingBack', { status: { ...trial, phase: 'RollingBack', failure } }, withCanary()],
    ['RolledBack', { status: { phase: 'RolledBack' } }, anObservation()],
    ['Suspended', { spec, status: { ...onCanary().status, suspended: 'Progressing' } }, withCanary()],
    ['Pending behind an older release', { status: {} }, older],
    ['a trial that an older release ends', { status: onCanary().status }, { ...older, ...withCanary() }],
    ['deletion', { metadata: { deletionTimestamp }, status: onCanary().status }, withCanary()],
  ];

  it.each(
    situations.flatMap(([where, release, seen]) =>
      COMMANDS.flatMap((command) =>
        [STABLE, CANDIDATE, NEXT, ''].map((digest) => ({ where, release, seen, command, digest })),
      ),
    ),
  )('$command $digest in $where is answered once, and taken away', ({ release, seen, command, digest }) => {
    const ordered = aRelease({ ...release, orders: { [command]: digest } });
    const decision = decide(ordered, seen, at('1m'));
    const told = [
      'CommandRefused',
      'Approved',
      'PromotedByRequest',
      'Aborted',
      'Retried',
      'RollbackRequested',
      'Restored',
    ];
    expect(reasons(decision).filter((reason) => told.includes(reason))).toHaveLength(1);
    const names = [commandAnnotation(command)];
    expect(decision.effects).toContainEqual({ kind: 'RemoveAnnotations', names });
    const again = decide({ ...ordered, status: decision.status }, seen, at('1m'));
    expect(reasons(again)).toEqual([]);
    const taken = decide(aRelease({ ...release, status: decision.status }), seen, at('1m'));
    expect(taken.status.acted).toBeUndefined();
    expect(reasons(taken)).toEqual([]);
  });

  it('that approves a pause for want of proof is told what it still waits for', () => {
    const release = onCanary({
      metadata: alice,
      orders: { approve: CANDIDATE },
      status: { phase: 'Paused', hold: { reason: 'VerificationUnknown', since: iso() } },
    });
    const seen = withCanary({ verification: verifiedAs(unanswered, CANDIDATE) });
    const { status } = decide(release, seen, at('40m'));
    expect(status.phase).toBe('Paused');
    expect(status.message).toContain('approved by alice, so it goes on when that ends');
  });
});

describe('an order that names another digest', () => {
  it.each(['approve', 'abort', 'promote'])('%s is refused: it came too late', (verb) => {
    const decision = decide(onCanary({ orders: { [verb]: NEXT } }), withCanary(), at('1m'));
    expect(refusalOf(decision)).toContain('the digest under trial is bbbbbbbb');
    expect(decision.status.phase).toBe('Progressing');
  });

  it('retry is refused unless the spec names it', () => {
    const decision = decide(aRelease({ status: {}, orders: { retry: NEXT } }), anObservation(), at());
    expect(refusalOf(decision)).toContain('the spec names bbbbbbbb');
  });
});

describe('approve', () => {
  const steps = [{ weight: 50, approval: true }];

  it('ends the step that waits for it', () => {
    const release = onCanary({
      spec: { canary: { steps } },
      metadata: alice,
      orders: { approve: CANDIDATE },
      status: { phase: 'Paused' },
    });
    const decision = decide(release, withCanary(), at('1m'));
    expect(reasons(decision)).toEqual(['Approved', 'StepCompleted']);
    expect(decision.status).toMatchObject({ phase: 'Promoting', candidate: { approvedBy: 'alice' } });
  });

  it('may come before the step has ended', () => {
    const release = onCanary({
      spec: { canary: { steps: [{ weight: 50, duration: '5m', approval: true }] } },
      orders: { approve: CANDIDATE },
    });
    const { status } = decide(release, withCanary(), at('1m'));
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { approvedStep: 0 } });
  });

  it.each([
    ['nothing waits for it', onCanary({ orders: { approve: CANDIDATE } }), withCanary()],
    ['it bakes', inBake({ orders: { approve: CANDIDATE } }), afterPromotion()],
  ])('is refused when %s', (_, release, seen) => {
    expect(refusalOf(decide(release, seen, at('1m')))).toContain('nothing waits for approval');
  });

  it('is refused when nothing is under trial', () => {
    const release = aRelease({ status: {}, orders: { approve: STABLE }, spec: { artifact: spec(STABLE) } });
    expect(refusalOf(decide(release, anObservation(), at()))).toContain('no digest is under trial');
  });
});

const spec = (digest: string) => ({ repository: 'registry.example.com/shop/checkout', digest });

describe('promote', () => {
  it('skips the rest of the canary', () => {
    const release = onCanary({ metadata: alice, orders: { promote: CANDIDATE } });
    const decision = decide(release, withCanary(), at('1m'));
    expect(reasons(decision)).toEqual(['PromotedByRequest']);
    expect(decision.status).toMatchObject({
      phase: 'Promoting',
      candidate: { approvedBy: 'alice' },
      pins: [aPin(CANDIDATE)],
    });
    expect(decision.effects.map(({ kind }) => kind)).toContain('PinWorkload');
  });

  it('is of the digest that it names, although the spec names another one by now', () => {
    const release = onCanary({ spec: { artifact: spec(NEXT) }, orders: { promote: CANDIDATE } });
    expect(decide(release, withCanary(), at('1m')).status.pins).toEqual([aPin(CANDIDATE)]);
  });

  it('keeps the counts of the step that it skips, for the bake compares with them', () => {
    const current = { bad: 1, total: 100, stableBad: 9, stableTotal: 900, seconds: 60 };
    const record = { objective: 'availability', evaluatedAt: iso(), current, steps: [], evidence: 0 };
    const release = onCanary({
      orders: { promote: CANDIDATE },
      status: { analysis: [{ ...record, verdict: 'Hold', reason: 'InsufficientTraffic' }] },
    });
    expect(decide(release, withCanary(), at('1m')).status.analysis?.[0]?.steps).toEqual([current]);
  });

  it.each([
    ['it is not verified', { phase: 'Verifying', candidate: aCandidate() } as const, unanswered],
    ['it is blocked', { phase: 'Blocked', candidate: aCandidate() } as const, refused],
    ['its proof is lost', {}, unanswered],
  ])('is refused when %s: verification cannot be skipped', (_, status, check) => {
    const release = onCanary({ orders: { promote: CANDIDATE }, status });
    const decision = decide(release, withCanary({ verification: verifiedAs(check, CANDIDATE) }), at('1m'));
    expect(refusalOf(decision)).toMatch(/not verified/);
    expect(decision.effects.map(({ kind }) => kind)).not.toContain('PinWorkload');
  });

  it('is refused when it is promoted already', () => {
    const decision = decide(inBake({ orders: { promote: CANDIDATE } }), afterPromotion(), at('1m'));
    expect(refusalOf(decision)).toContain('it is promoted already');
  });
});

describe('abort', () => {
  it('rolls back without a warning: it was meant', () => {
    const decision = decide(
      onCanary({ metadata: alice, orders: { abort: CANDIDATE } }),
      withCanary(),
      at('1m'),
    );
    expect(decision.notices).toMatchObject([{ type: 'Normal', reason: 'Aborted' }]);
    expect(decision.status.message).toContain('aborted by alice');
  });

  it('is refused while it is being rolled back', () => {
    const failure = aFailure();
    const release = onCanary({ orders: { abort: CANDIDATE }, status: { phase: 'RollingBack', failure } });
    expect(refusalOf(decide(release, withCanary(), at('1m')))).toContain('already being rolled back');
  });
});

describe('retry', () => {
  const history = [anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' })];

  it('starts another trial of a refused digest', () => {
    const release = aRelease({ orders: { retry: CANDIDATE }, status: { phase: 'RolledBack', history } });
    const decision = decide(release, anObservation(), at('1m'));
    expect(decision.status).toMatchObject({
      phase: 'Progressing',
      candidate: { attempt: 2, step: 0, weight: 0 },
    });
    expect(reasons(decision)).toEqual(['Retried', 'ReleaseStarted']);
  });

  it.each([
    ['it is not refused', aRelease({ orders: { retry: CANDIDATE }, status: {} }), 'not refused'],
    ['a release is in flight', onCanary({ orders: { retry: CANDIDATE } }), 'in flight'],
  ])('is refused when %s', (_, release, why) => {
    expect(refusalOf(decide(release, withCanary(), at('1m')))).toContain(why);
  });
});

describe('rollback-to', () => {
  const older = anEntry({ digest: NEXT, version: '1.40.0', verdict: 'Promoted', reason: 'Promoted' });
  const history = [anEntry(), older];
  const atRest = (changes: Parameters<typeof aRelease>[0] = {}) =>
    aRelease({ spec: { artifact: spec(STABLE) }, metadata: alice, ...changes });

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
