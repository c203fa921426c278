import { describe, expect, it } from 'vitest';
import { COMMANDS, commandAnnotation } from '../../../../src/api/artifact-release.ts';
import { decide } from '../../../../src/domain/decide.ts';
import type { Observation } from '../../../../src/domain/observation.ts';
import { noticesOf, refusalOf } from '../../../support/decisions.ts';
import {
  afterPromotion,
  anObservation,
  aRival,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import {
  aCandidate,
  aFailure,
  alice,
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
    expect(noticesOf(decision)).toEqual(['Aborted', 'CommandRefused']);
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
    expect(noticesOf(decision).filter((reason) => told.includes(reason))).toHaveLength(1);
    const names = [commandAnnotation(command)];
    expect(decision.effects).toContainEqual({ kind: 'RemoveAnnotations', names });
    const again = decide({ ...ordered, status: decision.status }, seen, at('1m'));
    expect(noticesOf(again)).toEqual([]);
    const taken = decide(aRelease({ ...release, status: decision.status }), seen, at('1m'));
    expect(taken.status.acted).toBeUndefined();
    expect(noticesOf(taken)).toEqual([]);
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
