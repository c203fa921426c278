import { describe, expect, it } from 'vitest';
import { fallbackQuestions } from '../../../src/domain/fallback.ts';
import type { Proof } from '../../../src/domain/observation.ts';
import { questions } from '../../../src/domain/questions.ts';
import { proofs } from '../../support/proofs.ts';
import { digestOf } from '../../support/release-manifest.ts';
import {
  AVAILABILITY,
  aCandidate,
  aFailure,
  anEntry,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  onCanary,
  STABLE,
} from '../../support/releases.ts';

const spec = { objectives: [AVAILABILITY] };
const THRESHOLD = { name: 'queue', target: '99', thresholdMetric: { query: 'queue', value: '10' } };

describe('what has to be asked', () => {
  it('for adoption is what runs behind tags', () => {
    expect(questions(aRelease(), at())).toEqual({ digests: [CANDIDATE], runningDigests: true });
  });

  it('at rest is only whether its digests are proven', () => {
    const release = aRelease({ spec, status: {} });
    expect(questions(release, at())).toEqual({ digests: [CANDIDATE, STABLE], runningDigests: false });
  });

  it('names each digest once, and the one of an order to roll back', () => {
    const { digests } = questions(onCanary({ orders: { 'rollback-to': ` ${NEXT} ` } }), at());
    expect(digests).toEqual([CANDIDATE, STABLE, NEXT]);
    expect(questions(onCanary({ orders: { 'rollback-to': 'yesterday' } }), at()).digests).toEqual([
      CANDIDATE,
      STABLE,
    ]);
  });
});

describe('the second round', () => {
  const [promoted, adopted] = [
    anEntry({ digest: NEXT, verdict: 'Promoted' }),
    anEntry({ digest: digestOf('d') }),
  ];
  const history = [
    anEntry({ digest: CANDIDATE, verdict: 'RolledBack' }),
    promoted,
    anEntry(),
    adopted,
    promoted,
  ];
  const release = aRelease({ status: { history } });
  const asked = (proof: Proof) => fallbackQuestions(release, new Map([[STABLE, proof]]));

  it('asks about what one may return to, once stable is refused', () => {
    for (const answer of ['Refused', 'Revoked', 'Reported'] as const)
      expect(asked(proofs[answer])).toEqual([NEXT, digestOf('d')]);
    for (const answer of ['Satisfied', 'Unknown', 'Pending'] as const)
      expect(asked(proofs[answer])).toEqual([]);
  });

  it('asks nothing twice, and nothing before adoption', () => {
    const answers = new Map<string, Proof>([
      [STABLE, proofs.Revoked],
      [NEXT, proofs.Unknown],
    ]);
    expect(fallbackQuestions(release, answers)).toEqual([digestOf('d')]);
    expect(fallbackQuestions(aRelease(), answers)).toEqual([]);
  });

  it('does not ask about what is on trial, or being left', () => {
    const leaving = aRelease({ status: { history, failure: aFailure({ digest: NEXT }) } });
    const answers = new Map([[STABLE, proofs.Revoked]]);
    expect(fallbackQuestions(leaving, answers)).toEqual([digestOf('d')]);
  });
});

describe('counts', () => {
  const slotAt = (after: string, release = onCanary({ spec })) => questions(release, at(after)).counts?.slot;

  it('are asked for once an interval, since the step began', () => {
    expect(['1s', '29s', '30s', '59s', '60s', '299s'].map((after) => slotAt(after))).toEqual([
      undefined,
      undefined,
      1,
      1,
      2,
      9,
    ]);
    expect(questions(onCanary({ spec }), at('30s')).counts).toEqual({
      digest: CANDIDATE,
      from: iso(),
      slot: 1,
      stage: 'step',
    });
  });

  it('are asked for once more at the end of the step', () => {
    const steps = [{ weight: 10, duration: '45s' }];
    expect(slotAt('45s', onCanary({ spec: { ...spec, canary: { steps } } }))).toBe(1.5);
  });

  it('of a step without a duration are asked for at once', () => {
    const steps = [{ weight: 10, approval: true }];
    expect(slotAt('1s', onCanary({ spec: { ...spec, canary: { steps } } }))).toBe(0.5);
  });

  it('of the bake are those of the bake', () => {
    expect(questions(inBake({ spec }), at('30s')).counts).toMatchObject({ stage: 'bake', slot: 1 });
    expect(questions(inBake({ spec }), at('1h')).counts).toMatchObject({ slot: 120.5 });
  });

  const failure = aFailure({ message: '' });

  it.each([
    ['without objectives', onCanary()],
    ['before its pods are available', aRelease({ spec, status: { candidate: aCandidate() } })],
    ['in a roll-back', onCanary({ spec, status: { failure } })],
    ['while it is suspended', onCanary({ spec, status: { suspended: 'Progressing' } })],
    ['of a step that the spec has lost', aRelease({ spec, status: {} })],
  ])('are not asked for %s', (_, release) => {
    expect(questions(release, at('1m')).counts).toBeUndefined();
  });
});

describe('the service as a whole', () => {
  const askedAt = (after: string, more: object = {}) =>
    questions(onCanary({ spec: { ...spec, ...more } }), at(after)).service?.at;

  it('is asked about where counts are, but once a minute, and not in the first one', () => {
    const asked = ['30s', '59s', '60s', '90s', '119s', '2m'].map((after) => askedAt(after));
    expect(asked).toEqual([undefined, undefined, at('1m'), at('1m'), at('1m'), at('2m')]);
    expect(questions(onCanary({ spec }), at('1m')).service).toEqual({
      scope: 'Trial',
      trial: iso(),
      digest: CANDIDATE,
      at: at('1m'),
    });
  });

  it('is asked about as often as it is evaluated, where that is less often', () => {
    const asked = ['4m', '5m', '9m'].map((after) => askedAt(after, { analysis: { interval: '5m' } }));
    expect(asked).toEqual([undefined, at('5m'), at('5m')]);
  });

  it('is asked about in a bake, since the start of the trial', () => {
    const startedAt = new Date(at().getTime() - 45_000).toISOString();
    const release = inBake({ spec, status: { candidate: aCandidate({ startedAt }) } });
    const asked = ['30s', '75s', '90s'].map((after) => questions(release, at(after)).service);
    expect(asked).toMatchObject([{ trial: startedAt, at: at('15s') }, { at: at('15s') }, { at: at('75s') }]);
  });

  it.each([
    ['it is ignored', { analysis: { serviceBurn: 'Ignore' } }],
    ['the release is to mend it', { fix: true }],
    ['nothing counts its requests', { objectives: [THRESHOLD] }],
  ])('is not asked about where %s', (_, more) => {
    expect(askedAt('2m', more)).toBeUndefined();
    expect(questions(onCanary({ spec: { ...spec, ...more } }), at('2m')).counts).toBeDefined();
  });
});
