import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../../../src/api/artifact-release.ts';
import { decide } from '../../../src/domain/decide.ts';
import {
  aCanary,
  anObservation,
  app,
  aRival,
  aTarget,
  aWorkload,
  proxy,
  withCanary,
} from '../../support/observations.ts';
import {
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';

const effects = (...input: Parameters<typeof decide>) => decide(...input).effects;
const other = (digest: string) =>
  anObservation({
    targets: [aTarget({ workload: aWorkload({ containers: [app(digest), proxy], resourceVersion: '12' }) })],
  });
const atRest = (changes: Parameters<typeof aRelease>[0] = {}) =>
  aRelease({ spec: { artifact: { repository: REPOSITORY, digest: STABLE } }, status: {}, ...changes });

describe('a workload with another image', () => {
  it('is pinned again, fenced by its version, in the one container that is off', () => {
    expect(effects(atRest(), other(NEXT), at())).toEqual([
      {
        kind: 'PinWorkload',
        name: 'checkout',
        resourceVersion: '12',
        images: [{ container: 'app', init: false, image: `${REPOSITORY}@${STABLE}` }],
        drift: true,
      },
    ]);
  });

  it.each([
    ['in a promotion', onCanary({ status: { phase: 'Promoting', pins: [aPin(CANDIDATE)] } }), at('1m')],
    ['in a deletion', inBake({ metadata: { deletionTimestamp: at().toISOString() } }), at('1m')],
  ])('%s has it because we are not done yet: that is no drift', (_, release, now) => {
    expect(effects(release, other(NEXT), now)).toContainEqual(
      expect.objectContaining({ kind: 'PinWorkload', drift: false }),
    );
  });

  it('is left alone while the release is suspended', () => {
    expect(effects(atRest({ spec: { suspend: true } }), other(NEXT), at())).toEqual([]);
  });
});

describe('a workload that an older release has', () => {
  it('is left alone', () => {
    expect(effects(atRest(), { ...other(NEXT), claims: [aRival()] }, at())).toEqual([]);
  });

  it('is let go of at once when the release is deleted', () => {
    const release = atRest({ metadata: { deletionTimestamp: at().toISOString(), finalizers: [FINALIZER] } });
    const claims = [aRival({ pins: true })];
    expect(effects(release, { ...other(NEXT), claims }, at())).toEqual([{ kind: 'RemoveFinalizer' }]);
  });
});

describe('the canary', () => {
  const changed = (changes: Parameters<typeof aCanary>[0]) =>
    withCanary({ targets: [aTarget({ canary: aCanary(changes) })] });

  it('is left as it is when it is as it should be', () => {
    expect(effects(onCanary(), withCanary(), at('1m'))).toEqual([]);
  });

  it.each([
    ['stable has another template', { madeFrom: 'older' }, 'ApplyCanary'],
    ['it runs another digest', { containers: [app(NEXT), proxy] }, 'ApplyCanary'],
    ['it lacks the container', { containers: [proxy] }, 'ApplyCanary'],
    ['it has another size', { replicas: 4 }, 'ScaleCanary'],
  ])('is put right when %s', (_, changes, kind) => {
    expect(effects(onCanary(), changed(changes), at('1m'))).toMatchObject([
      { kind, name: 'checkout-canary', replicas: 1 },
    ]);
  });

  it('names the digest, the images and what it is made from', () => {
    expect(effects(onCanary(), anObservation(), at('1m'))).toEqual([
      {
        kind: 'ApplyCanary',
        target: 'checkout',
        name: 'checkout-canary',
        replicas: 1,
        digest: CANDIDATE,
        images: [aPin(CANDIDATE)],
        revision: aCanary().madeFrom,
      },
    ]);
  });

  it('is never made from what is not there, nor on the name of somebody else', () => {
    const gone = anObservation({ targets: [{ name: 'checkout', running: new Map() }] });
    expect(effects(onCanary(), gone, at('1m'))).toEqual([]);
    expect(effects(onCanary(), changed({ ownerUid: 'somebody' }), at('1m'))).toEqual([]);
  });

  it('of a target that is none any more is deleted, unless it is not ours', () => {
    const stray = aCanary({ name: 'old-canary', uid: 'stray' });
    const foreign = aCanary({ name: 'foreign-canary', ownerUid: 'somebody' });
    const seen = withCanary({ strays: [stray, foreign] });
    expect(effects(onCanary(), seen, at('1m'))).toEqual([
      { kind: 'DeleteCanary', name: 'old-canary', uid: 'stray' },
    ]);
  });
});
