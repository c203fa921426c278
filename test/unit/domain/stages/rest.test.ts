import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import { complaints } from '../../../support/conditions-check.ts';
import {
  anObservation,
  app,
  aTarget,
  aWorkload,
  counted,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import {
  AVAILABILITY,
  anEntry,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  iso,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const artifact = { repository: REPOSITORY, digest: STABLE };
const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
const worker = aTarget({
  name: 'worker',
  workload: aWorkload({ name: 'worker', containers: [app(CANDIDATE)] }),
});

describe('a release at rest', () => {
  it('pins a target that is added to stable, which is proven', () => {
    const seen = anObservation({ targets: [aTarget(), worker] });
    const { status, effects } = decide(aRelease({ spec: { artifact, targets }, status: {} }), seen, at());
    expect(status.pins).toEqual([aPin(), aPin(STABLE, { name: 'worker' })]);
    expect(effects).toMatchObject([{ kind: 'PinWorkload', name: 'worker', drift: false }]);
    expect(status.message).toBe(
      'Deployment worker joins and is pinned to aaaaaaaa; looked at again at 12:00:30Z',
    );
  });

  describe('with a target that joins', () => {
    const spec = { artifact, targets };
    const joining = decide(
      aRelease({ spec, status: {} }),
      anObservation({ targets: [aTarget(), worker] }),
      at(),
    );
    const release = aRelease({ spec, status: joining.status });
    const joined = aTarget({ name: 'worker', workload: aWorkload({ name: 'worker', containers: [app()] }) });

    it('is healthy once that is pinned; another image is drift from then on', () => {
      const { status } = decide(release, anObservation({ targets: [aTarget(), joined] }), at('1s'));
      expect(status.phase).toBe('Healthy');
      const drifted = decide(
        { ...release, status },
        anObservation({ targets: [aTarget(), worker] }),
        at('2s'),
      );
      expect(drifted.effects).toMatchObject([{ kind: 'PinWorkload', name: 'worker', drift: true }]);
    });

    it('says what keeps it from being pinned', () => {
      const writeFailure = { reason: 'WriteFailed', message: 'PinWorkload worker is refused' } as const;
      const seen = anObservation({ targets: [aTarget(), worker], writeFailure });
      const { status, effects } = decide(release, seen, at('1m'));
      expect(status.message).toContain('PinWorkload worker is refused; tried again');
      expect(complaints(status, 1)).toEqual([]);
      expect(effects).toMatchObject([{ kind: 'PinWorkload', name: 'worker' }]);
    });
  });

  it('lets go of a target that is taken out', () => {
    const pins = [aPin(), aPin(STABLE, { name: 'worker' })];
    const { status } = decide(aRelease({ spec: { artifact }, status: { pins } }), anObservation(), at());
    expect(status.pins).toEqual([aPin()]);
  });

  it('waits for a Deployment that is gone, and says what happens when it is back', () => {
    const seen = anObservation({ targets: [{ name: 'checkout', running: new Map() }] });
    const { status, wakeAt } = decide(aRelease({ spec: { artifact }, status: {} }), seen, at());
    expect(status.message).toBe('Deployment checkout is gone; it is pinned to aaaaaaaa when it is back');
    expect(wakeAt).toBeUndefined();
  });

  it('says so when stable is not proven', () => {
    const seen = anObservation({ verification: verifiedAs(unanswered, STABLE) });
    const { status } = decide(aRelease({ spec: { artifact }, status: {} }), seen, at());
    expect(status.message).toBe(
      'aaaaaaaa is stable, but it is not verified: the registry does not answer; waiting for a new digest',
    );
  });

  it.each([
    ['RolledBack', 'ErrorBudgetBurn', 'was rolled back at'],
    ['Aborted', 'Aborted', 'was aborted at'],
  ] as const)('refuses a digest that was %s, and says what to do', (verdict, reason, words) => {
    const history = [anEntry({ digest: CANDIDATE, verdict, reason, finishedAt: iso('1m') })];
    const { status, effects } = decide(aRelease({ status: { history } }), anObservation(), at('2m'));
    expect(status.phase).toBe('RolledBack');
    expect(status.message).toContain(`bbbbbbbb ${words} 2026-06-01T12:01:00Z (${reason})`);
    expect(status.message).toContain(`annotate artifactrelease.dev/retry=${CANDIDATE}`);
    expect(effects).toEqual([]);
  });

  it('says of a digest that burned its budget how much, where, and what to do', () => {
    const spec = { objectives: [AVAILABILITY] };
    const burning = withCanary({ counts: counted(totals(620, 1_243, 2, 3_600)) });
    const failed = decide(onCanary({ spec }), burning, at('1m')).status;
    expect(failed.phase).toBe('RollingBack');
    const numbers =
      'Step 1/2 at 10%: availability 99%: 1,243 requests, 620 bad (49.88%, burn 49.9x > 1x), ' +
      'stable 2 of 3,600 bad (0.06%), evidence 100% of what a roll-back needs';
    expect(failed.message).toContain(`Rolling back bbbbbbbb to aaaaaaaa (${numbers}): `);
    const { status } = decide({ ...onCanary({ spec }), status: failed }, anObservation(), at('2m'));
    expect(status.message).toBe(
      `bbbbbbbb was rolled back at 2026-06-01T12:02:00Z (ErrorBudgetBurn): ${numbers}; it stays refused, and aaaaaaaa runs. ` +
        `Release a digest that mends this, or annotate artifactrelease.dev/retry=${CANDIDATE} to try this one again`,
    );
    expect(status.history?.[0]?.message).toBe(numbers);
  });

  it('counts the trials of a digest, and knows versions only where they are given', () => {
    const history = [anEntry({ digest: CANDIDATE, verdict: 'Superseded', reason: 'Superseded', attempt: 2 })];
    const unnamed = { artifact: { repository: REPOSITORY, digest: CANDIDATE } };
    const { status } = decide(aRelease({ spec: unnamed, status: { history } }), anObservation(), at('2m'));
    expect(status.candidate).toMatchObject({ attempt: 3 });
    expect(status.candidate).not.toHaveProperty('version');
  });
});
