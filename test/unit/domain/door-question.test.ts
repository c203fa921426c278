import { describe, expect, it } from 'vitest';
import { doorQuestion } from '../../../src/domain/door-question.ts';
import { anObservation, refused, unanswered, verifiedAs, withCanary } from '../../support/observations.ts';
import { kept, protections } from '../../support/protections.ts';
import {
  AVAILABILITY,
  aCandidate,
  aRelease,
  at,
  CANDIDATE,
  iso,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';

const spec = { objectives: [AVAILABILITY] };
const named = (digest: string) => ({ ...spec, artifact: { repository: REPOSITORY, digest } });
const verifying = aRelease({ spec, status: { phase: 'Verifying', candidate: aCandidate() } });

describe('before a canary begins', () => {
  it('it is asked how stable does, at the very start of the trial', () => {
    expect(doorQuestion(aRelease({ spec, status: {} }), anObservation(), at('7s'))).toEqual({
      scope: 'Door',
      trial: iso('7s'),
      digest: STABLE,
      at: at('7s'),
    });
  });

  it('and again each minute while it waits', () => {
    const asked = ['59s', '60s', '150s'].map((now) => doorQuestion(verifying, anObservation(), at(now))?.at);
    expect(asked).toEqual([at('0s'), at('1m'), at('2m')]);
  });

  it('also where it takes the place of another one', () => {
    const question = doorQuestion(onCanary({ spec: named(NEXT) }), withCanary(), at('3m'));
    expect(question).toMatchObject({ trial: iso('3m'), digest: STABLE });
  });
});

describe('nothing is asked', () => {
  it.each([
    [
      'of what is not verified',
      verifying,
      anObservation({ verification: verifiedAs(unanswered, CANDIDATE) }),
    ],
    ['of what is refused', verifying, anObservation({ verification: verifiedAs(refused, CANDIDATE) })],
    ['of what is not protected', verifying, anObservation(kept({ [CANDIDATE]: protections.Pending }))],
    ['at rest', aRelease({ spec: named(STABLE), status: {} }), anObservation()],
    ['of a canary that has begun', onCanary({ spec }), withCanary()],
    ['without an objective', aRelease({ status: {} }), anObservation()],
    [
      'where it is ignored',
      aRelease({ spec: { ...spec, analysis: { serviceBurn: 'Ignore' } }, status: {} }),
      anObservation(),
    ],
    ['of a release that mends it', aRelease({ spec: { ...spec, fix: true }, status: {} }), anObservation()],
    ['while it is suspended', aRelease({ spec: { ...spec, suspend: true }, status: {} }), anObservation()],
  ])('%s', (_, release, seen) => {
    expect(doorQuestion(release, seen, at('1m'))).toBeUndefined();
  });
});
