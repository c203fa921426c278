import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/decide.ts';
import {
  aCanary,
  afterPromotion,
  anObservation,
  app,
  aTarget,
  aWorkload,
  proxy,
  refused,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import { aPin, at, CANDIDATE, NEXT, onCanary, REPOSITORY, STABLE } from '../../../support/releases.ts';

const promoting = (spec = {}) => onCanary({ spec, status: { phase: 'Promoting', pins: [aPin(CANDIDATE)] } });
const withWorkload = (changes: Parameters<typeof aWorkload>[0]) =>
  withCanary({
    targets: [
      aTarget({
        canary: aCanary(),
        workload: aWorkload({ containers: [app(CANDIDATE), proxy], ...changes }),
      }),
    ],
  });

describe('a promotion', () => {
  it.each([
    ['the image', withCanary(), 'does not have the image yet'],
    ['its pods', withWorkload({ availableReplicas: 3 }), 'is rolling out: 9 of 9 pods updated, 3 available'],
    [
      'a pod that is still of stable',
      withWorkload({ currentReplicas: 10 }),
      'is rolling out: 9 of 9 pods updated, 9 available, 1 old pod not gone yet; rolls back at 12:10:00Z unless the rollout is over by then',
    ],
    [
      'a controller that has not looked yet',
      withWorkload({ generation: 4 }),
      'is rolling out: its controller has not seen the change yet',
    ],
    ['a person who paused it', withWorkload({ paused: true }), 'is paused (spec.paused)'],
    [
      'a Deployment that is gone',
      anObservation({ targets: [{ name: 'checkout', running: new Map() }] }),
      'Deployment checkout is gone',
    ],
    [
      'a write that is refused',
      { ...withCanary(), writeFailure: { reason: 'WriteFailed', message: 'quota exceeded' } as const },
      'quota exceeded',
    ],
  ])('waits for %s, with a deadline', (_, seen, why) => {
    const waiting = decide(promoting(), seen, at('1m'));
    expect(waiting.status.message).toMatch(
      new RegExp(`^Promoting bbbbbbbb: .*${why.replace(/[()]/g, '\\$&')}`),
    );
    expect(waiting.status.message).toContain('rolls back at 12:10:00Z');
    expect(waiting.wakeAt).toEqual(at('10m'));
    const late = decide(promoting(), seen, at('10m'));
    expect(late.notices[0]).toMatchObject({ type: 'Warning', reason: 'ProgressDeadlineExceeded' });
    expect(late.status).toMatchObject({ stable: { digest: STABLE }, pins: [aPin()] });
  });

  it('is of the digest that was analysed, whatever the spec names by now', () => {
    const artifact = { repository: REPOSITORY, digest: NEXT };
    const { effects, status } = decide(promoting({ artifact }), withCanary(), at('1m'));
    expect(status.phase).toBe('Promoting');
    expect(effects).toContainEqual(
      expect.objectContaining({
        kind: 'PinWorkload',
        images: [{ container: 'app', init: false, image: `${REPOSITORY}@${CANDIDATE}` }],
      }),
    );
  });

  it('of a digest that is refused meanwhile is rolled back', () => {
    const seen = withCanary({ verification: verifiedAs(refused, CANDIDATE) });
    expect(decide(promoting(), seen, at('1m')).status).toMatchObject({
      phase: 'RollingBack',
      pins: [aPin()],
    });
  });

  it('goes on while its proof cannot be read: it was there when this was decided', () => {
    const seen = { ...afterPromotion(), verification: verifiedAs(unanswered, CANDIDATE) };
    expect(decide(promoting(), seen, at('1m')).status.phase).toBe('Baking');
  });
});
