import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../src/api/artifact-release-status.ts';
import { decide } from '../../../../src/domain/decide.ts';
import {
  anObservation,
  app,
  aTarget,
  aWorkload,
  proxy,
  rolling,
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
  iso,
  NEXT,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';

const failure = aFailure({ message: 'availability burns 14.0x > 1x' });
const rollingBack = (wanted = CANDIDATE, status: Partial<Status> = {}) =>
  aRelease({
    spec: { artifact: { repository: REPOSITORY, digest: wanted } },
    status: { phase: 'RollingBack', failure, candidate: aCandidate({ step: 1 }), ...status },
  });
const broken = anObservation({ targets: [aTarget({ workload: rolling() })] });

describe('a roll-back', () => {
  it('says what it waits for, why, and until when', () => {
    const { status, wakeAt } = decide(rollingBack(), withCanary(), at('1m'));
    expect(status.message).toBe(
      'Rolling back bbbbbbbb to aaaaaaaa (availability burns 14.0x > 1x): waiting for Deployment checkout-canary to be gone; expected by 12:10:00Z',
    );
    expect(wakeAt).toEqual(at('10m'));
  });

  it('waits for every workload to have its pin, and then for its pods', () => {
    const loose = anObservation({
      targets: [aTarget({ workload: aWorkload({ containers: [app(CANDIDATE), proxy] }) })],
    });
    expect(decide(rollingBack(), loose, at('1m')).status.message).toContain('checkout is not pinned yet');
    expect(decide(rollingBack(), broken, at('1m')).status.message).toContain(
      '9 of 9 pods updated, 8 available',
    );
  });

  it('asks for a person when it takes too long', () => {
    const { status, wakeAt } = decide(rollingBack(), broken, at('10m'));
    expect(status).toMatchObject({ phase: 'RollingBack' });
    expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'True' }));
    expect(status.message).toContain('look at that workload, or release another digest');
    expect(wakeAt).toBeUndefined();
  });

  it('gives way to a fix when stable itself cannot stand, but not before its deadline', () => {
    expect(decide(rollingBack(NEXT), broken, at('9m59s')).status.phase).toBe('RollingBack');
    const { status } = decide(rollingBack(NEXT), broken, at('10m'));
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { digest: NEXT } });
    expect(status.history?.[0]).toMatchObject({ digest: CANDIDATE, verdict: 'RolledBack' });
  });

  it.each([
    ['the digest that it leaves', CANDIDATE, {}],
    ['stable', STABLE, {}],
    ['a digest that is refused', NEXT, { history: [anEntry({ digest: NEXT, verdict: 'RolledBack' })] }],
  ])('does not give way to %s', (_, wanted, status) => {
    expect(decide(rollingBack(wanted, status), broken, at('1h')).status.phase).toBe('RollingBack');
  });

  it('does not give way while something of ours is left', () => {
    expect(decide(rollingBack(NEXT), withCanary(), at('1h')).status.phase).toBe('RollingBack');
  });

  it('ends although a workload is gone: nothing of the candidate runs there', () => {
    const gone = anObservation({ targets: [{ name: 'checkout', running: new Map() }] });
    expect(decide(rollingBack(), gone, at('1m')).status.failure).toBeUndefined();
  });

  it('leaves a canary alone that is not ours', () => {
    const foreign = aWorkload({ name: 'checkout-canary', ownerUid: 'somebody' });
    const seen = anObservation({ targets: [aTarget({ canary: foreign })] });
    const { status, effects } = decide(rollingBack(), seen, at('1m'));
    expect(status.failure).toBeUndefined();
    expect(effects).toEqual([]);
  });

  it('to stable after a trial that was given up is no failure', () => {
    const given = {
      ...failure,
      verdict: 'Superseded',
      reason: 'Cancelled',
      message: 'the spec names stable',
    } as const;
    const { status } = decide(rollingBack(STABLE, { failure: given }), anObservation(), at('1m'));
    expect(status).toMatchObject({ phase: 'Healthy', history: [{ verdict: 'Superseded' }, {}] });
  });

  it('remembers a digest that was stable, with its first trial', () => {
    const release = rollingBack(STABLE, {
      stable: { digest: NEXT },
      pins: [aPin(NEXT)],
      failure: { ...failure, digest: STABLE, reason: 'RollbackRequested', by: 'alice' },
      history: [anEntry({ attempt: 3, startedAt: iso('1s') })],
    });
    const { candidate: _, ...status } = release.status ?? {};
    const seen = anObservation({
      targets: [aTarget({ workload: aWorkload({ containers: [app(NEXT), proxy] }) })],
    });
    const decision = decide({ ...release, status: status as Status }, seen, at('1m'));
    expect(decision.status.history?.[0]).toMatchObject({
      digest: STABLE,
      attempt: 3,
      verdict: 'RolledBack',
      approvedBy: 'alice',
    });
    expect(decision.status.message).toContain('aaaaaaaa was rolled back at 2026-06-01T12:01:00Z');
  });
});
