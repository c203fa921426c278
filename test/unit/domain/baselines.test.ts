import { describe, expect, it } from 'vitest';
import { baselineQuestion, toBaseline } from '../../../src/domain/baselines.ts';
import { known, unknown } from '../../../src/domain/reading.ts';
import { decided } from '../../support/decisions.ts';
import { unanswered, verifiedAs, withCanary } from '../../support/observations.ts';
import {
  AVAILABILITY,
  aCandidate,
  aFailure,
  aRelease,
  at,
  CANDIDATE,
  iso,
  NEXT,
  onCanary,
} from '../../support/releases.ts';

const LATENCY = { ...AVAILABILITY, name: 'latency' };
const BASELINE = { bad: 36, total: 36_000, seconds: 3600, dispersion: 1.5, clump: 1.8 };
const spec = { objectives: [AVAILABILITY, LATENCY] };
const known1 = { baselines: [{ objective: 'availability', ...BASELINE }] };
const ask = (release = onCanary({ spec }), after = '0s', proof = verifiedAs(unanswered)) =>
  baselineQuestion(release, proof, at(after));

describe('the baseline of a service', () => {
  it('is that of the six hours before the trial, whenever it is asked for', () => {
    const expected = { digest: CANDIDATE, until: iso(), windowSeconds: 21_600, sliceSeconds: 30 };
    expect(ask()).toMatchObject({ ...expected, slot: 0 });
    expect(ask(onCanary({ spec }), '29s')?.slot).toBe(0);
    expect(ask(onCanary({ spec }), '10m')).toMatchObject({ ...expected, slot: 20 });
  });

  it.each([
    ['1s', 30, 21_600],
    ['70s', 70, 21_560],
    ['10m', 300, 21_600],
  ])('at an interval of %s comes in slices of %i s', (interval, sliceSeconds, windowSeconds) => {
    const release = onCanary({ spec: { ...spec, analysis: { interval } } });
    expect(ask(release)).toMatchObject({ sliceSeconds, windowSeconds });
  });

  it('is asked for only where it is not known', () => {
    const candidate = aCandidate({ stepStartedAt: iso(), ...known1 });
    expect(ask(onCanary({ spec, status: { candidate } }))?.objectives).toMatchObject([{ name: 'latency' }]);
    const objectives = [AVAILABILITY];
    expect(ask(onCanary({ spec: { objectives }, status: { candidate } }))).toBeUndefined();
  });

  it.each([
    ['without objectives', onCanary()],
    ['without a candidate', aRelease({ spec, status: {} })],
    ['in a roll-back', onCanary({ spec, status: { failure: aFailure() } })],
    ['while the release is suspended', onCanary({ spec, status: { suspended: 'Progressing' } })],
  ])('is not asked for %s', (_, release) => {
    expect(ask(release)).toBeUndefined();
  });

  it('is not asked for a digest that may never run', () => {
    expect(ask(onCanary({ spec }), '0s', verifiedAs(unanswered, CANDIDATE))).toBeUndefined();
  });

  it('is added up from its slices', () => {
    const slices = Array.from({ length: 120 }, (_, i) => ({ bad: i % 2 ? 0 : 6, total: 300 }));
    expect(toBaseline(slices, 30, 0.01)).toMatchObject({ bad: 360, total: 36_000, seconds: 3600 });
    expect(toBaseline(slices, 30, 0.01).dispersion).toBeGreaterThan(3);
  });
});

describe('the baseline of a service that is younger than an hour', () => {
  const young = (busy: number) =>
    toBaseline(
      Array.from({ length: 120 }, (_, i) => ({ bad: 0, total: i < 120 - busy ? 0 : 300 })),
      30,
      0.01,
    );

  it('is that of its life, and of ten minutes where that was shorter', () => {
    expect([80, 40, 10, 1].map((busy) => young(busy).seconds)).toEqual([2400, 1200, 600, 600]);
    expect(young(40).total).toBe(12_000);
  });

  it('is that of the hour where there was no request', () => {
    expect(young(0)).toMatchObject({ bad: 0, total: 0, seconds: 3600, dispersion: 1 });
  });
});

describe('an answer about the service', () => {
  const answered = (until: string, digest = CANDIDATE) =>
    withCanary({
      baselines: {
        digest,
        until,
        readings: new Map([
          ['availability', known(BASELINE)],
          ['latency', unknown('MetricsUnavailable', 'down')],
        ]),
      },
    });

  it('is stored as far as it is known, and stops nothing', () => {
    const { status } = decided(onCanary({ spec }), answered(iso()), '10s');
    expect(status.candidate?.baselines).toEqual(known1.baselines);
    expect(status.phase).toBe('Progressing');
  });

  it('of another trial is not taken', () => {
    const other = answered(iso(), NEXT);
    expect(decided(onCanary({ spec }), other, '10s').status.candidate?.baselines).toBeUndefined();
    expect(decided(onCanary({ spec }), answered(iso('1s')), '10s').status.candidate?.baselines).toBe(
      undefined,
    );
  });

  it('leaves with the objective', () => {
    const candidate = aCandidate({ stepStartedAt: iso(), weight: 10, ...known1 });
    const release = onCanary({ spec: { objectives: [LATENCY] }, status: { candidate } });
    expect(decided(release, answered(iso()), '10s').status.candidate?.baselines).toBeUndefined();
  });
});
