import { describe, expect, it } from 'vitest';
import { budgetQuestion, doorQuestion } from '../../../src/domain/door-question.ts';
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
import { CALM, OUTAGE, serviceBurn } from '../../support/service-burns.ts';

const QUEUE = { name: 'queue', target: '99', thresholdMetric: { query: 'queue', value: '10' } };
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

describe('what is left of the budgets', () => {
  const calm = (trial = '0s') => anObservation({ serviceBurn: serviceBurn(CALM, 'Door', iso(trial)) });
  const asked = (after: string, release = verifying) => budgetQuestion(release, calm(), at(after));

  it('is asked once in ten minutes, counted from the creation of the release', () => {
    const metadata = { creationTimestamp: iso('3m'), generation: 7 };
    const young = aRelease({ spec, metadata, status: { phase: 'Verifying', candidate: aCandidate() } });
    expect(['12m59s', '13m', '22m'].map((now) => asked(now, young)?.at)).toEqual([
      at('3m'),
      at('13m'),
      at('13m'),
    ]);
    expect(asked('13m', young)).toEqual({ generation: 7, digest: STABLE, at: at('13m') });
  });

  it('is the same question for a trial that takes the place of another one', () => {
    const next = aRelease({ spec: named(NEXT), status: { phase: 'Verifying', candidate: aCandidate() } });
    expect(budgetQuestion(next, calm('5m'), at('5m'))).toEqual(asked('4m'));
  });

  it('is not asked while the service burns', () => {
    const burning = anObservation({ serviceBurn: serviceBurn(OUTAGE, 'Door') });
    expect(budgetQuestion(verifying, burning, at('1m'))).toBeUndefined();
  });

  it.each([
    ['where a burn is ignored', { analysis: { serviceBurn: 'Ignore' } }, at('0s')],
    ['not where a spent budget is ignored', { analysis: { exhaustedBudget: 'Ignore' } }, undefined],
  ])('is asked for itself: %s', (_, more, expected) => {
    const release = aRelease({ spec: { ...spec, ...more }, status: {} });
    expect(budgetQuestion(release, anObservation(), at('1m'))?.at).toEqual(expected);
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
      aRelease({
        spec: { ...spec, analysis: { serviceBurn: 'Ignore', exhaustedBudget: 'Ignore' } },
        status: {},
      }),
      anObservation(),
    ],
    ['of what has no requests', aRelease({ spec: { objectives: [QUEUE] }, status: {} }), anObservation()],
    ['of a release that mends it', aRelease({ spec: { ...spec, fix: true }, status: {} }), anObservation()],
    ['while it is suspended', aRelease({ spec: { ...spec, suspend: true }, status: {} }), anObservation()],
  ])('%s', (_, release, seen) => {
    expect(doorQuestion(release, seen, at('1m'))).toBeUndefined();
    expect(budgetQuestion(release, seen, at('1m'))).toBeUndefined();
  });
});
