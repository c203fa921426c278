import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import type { Candidate } from '../../../../src/api/artifact-release-status.ts';
import { questions } from '../../../../src/domain/questions.ts';
import { known, type Reading, unknown } from '../../../../src/domain/reading.ts';
import { conditionOf, decided, effectsOf, noticesOf } from '../../../support/decisions.ts';
import { anObservation, aTarget, aWorkload, counted, withCanary } from '../../../support/observations.ts';
import {
  AVAILABILITY,
  aCandidate,
  aRelease,
  at,
  CANDIDATE,
  iso,
  onCanary,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const BUSY = { bad: 36, total: 360_000, seconds: 3600, dispersion: 1, clump: 1 };
const PLAN = {
  steps: [
    { weight: 2, duration: '4m' },
    { weight: 10, duration: '2m' },
    { weight: 50, duration: '1m' },
  ],
  expectedDuration: '7m',
  worstCaseSpend: 0.4,
};
const spec = { objectives: [{ ...AVAILABILITY, target: '99.9' }], canary: { schedule: 'Auto' } };
const verifying = (changes: object = {}, candidate: Partial<Candidate> = {}) =>
  aRelease({
    spec: { ...spec, ...changes },
    status: { phase: 'Verifying', candidate: aCandidate(candidate) },
  });
const answering = (reading: Reading<typeof BUSY>, until = iso()) =>
  anObservation({
    targets: [aTarget({ workload: aWorkload({ replicas: 20 }) })],
    baselines: { digest: CANDIDATE, until, readings: new Map([['availability', reading]]) },
  });
const down = unknown('MetricsUnavailable', 'objective availability: Prometheus does not answer');
const startOf = (...told: Parameters<typeof decided>) =>
  decided(...told).notices.find(({ reason }) => reason === 'ReleaseStarted')?.message;

describe('a release whose schedule is computed', () => {
  it('waits a second for the traffic that it is computed from', () => {
    const first = decided(aRelease({ spec, status: {} }), anObservation());
    expect([first.status.phase, effectsOf(first)]).toEqual(['Verifying', []]);
    expect(conditionOf(first, 'Progressing')).toBe('True Measuring');
    expect(first.status.message).toBe(
      'Verifying bbbbbbbb: its schedule is computed from the hours before, looked for at 12:00:01Z; where that is not known at 12:01:00Z, the steps of the spec are done',
    );
    expect(first.wakeAt).toEqual(at('1s'));
  });

  it('is told its schedule before it starts', () => {
    const { status, notices } = decided(verifying(), answering(known(BUSY)), '1s');
    const told = 'computed schedule 18% 3m30s, 50% 1m30s: about 5m, at worst 0.45% of the error budget';
    expect(status).toMatchObject({
      phase: 'Progressing',
      candidate: {
        weight: 0,
        replicas: [{ count: 4 }],
        plan: {
          steps: [
            { weight: 18, duration: '3m30s' },
            { weight: 50, duration: '1m30s' },
          ],
          expectedDuration: '5m',
        },
      },
      summary: { step: '1/2' },
    });
    expect(notices[0]?.message).toBe(`Started canary of bbbbbbbb against stable aaaaaaaa: ${told}`);
    expect(status.message).toContain(`Step 1/2 at 18%: 0 of 4 canary pods`);
    expect(status.message).toContain(told);
  });

  it('asks again until the second interval, then does the steps of the spec and says why', () => {
    const waiting = decided(verifying(), answering(down), '1s');
    expect([waiting.status.phase, waiting.wakeAt]).toEqual(['Verifying', at('30s')]);
    expect(decided(verifying(), answering(down), '30s').wakeAt).toEqual(at('60s'));
    const started = decided(verifying(), answering(down), '60s');
    expect(started.status).toMatchObject({ phase: 'Progressing', summary: { step: '1/3' } });
    expect(started.status.candidate?.plan).toBeUndefined();
    expect(started.status.message).toContain('the steps are those of the spec');
    expect(started.notices[0]?.message).toBe(
      'Started canary of bbbbbbbb against stable aaaaaaaa: the steps of the spec, because availability in the hours before is not known: objective availability: Prometheus does not answer',
    );
  });

  it('does not wait for an hour that has no data to get some', () => {
    const seen = answering(unknown('NoData', 'availability: no series'));
    expect(startOf(verifying(), seen, '1s')).toContain('not known: availability: no series');
  });

  it.each([
    ['no requests', {}, { ...BUSY, bad: 0, total: 0 }, 'availability had no requests in the hours before'],
    ['only failures', {}, { ...BUSY, bad: BUSY.total }, 'failed so often in the hours before'],
    [
      'nothing but a value that is sampled',
      {
        objectives: [{ name: 'availability', target: '99', thresholdMetric: { query: 'queue', value: '5' } }],
      },
      { ...BUSY, total: 120, bad: 0 },
      'no objective counts requests',
    ],
    [
      'a target that is written down elsewhere and was not found',
      {
        objectives: [
          { name: 'availability', objectiveRef: { kind: 'ServiceLevelObjective', name: 'checkout' } },
        ],
      },
      BUSY,
      'the target of availability is not known',
    ],
  ])('does the steps of the spec for %s', (_, changes, reading, why) => {
    expect(startOf(verifying(changes), answering(known(reading)), '1s')).toContain(why);
  });

  it('takes the target from where it is written down', () => {
    const objectives = [
      { name: 'availability', objectiveRef: { kind: 'ServiceLevelObjective', name: 'checkout' } },
    ];
    const reading = known({ ...BUSY, terms: { target: '99.9', timeWindow: '30d' } });
    expect(startOf(verifying({ objectives }), answering(reading), '1s')).toContain('18% 3m30s, 50% 1m30s');
  });

  it('does the steps of the spec at once without objectives', () => {
    expect(startOf(verifying({ objectives: [] }), anObservation())).toContain(
      'the steps of the spec, because there are no objectives',
    );
  });

  it('says so where there is little traffic, or too few replicas to risk less', () => {
    const idle = known({ ...BUSY, bad: 0, total: 3_600 });
    expect(startOf(verifying(), answering(idle), '1s')).toContain(
      'computed schedule 50% 1h55m: about 1h55m, at worst 1.7% of the error budget; there is little traffic',
    );
    const strict = { objectives: [{ ...AVAILABILITY, target: '99.99' }] };
    const two = { ...answering(known(BUSY)), targets: [aTarget({ workload: aWorkload({ replicas: 2 }) })] };
    expect(startOf(verifying(strict), two, '1s')).toContain(
      'which is more than budgetLimit: the smallest canary here costs that; more replicas, or a shorter analysis.interval, make it less',
    );
  });

  it('begins as carefully where no workload has a replica, for there may be many when it begins', () => {
    const none = { ...answering(known(BUSY)), targets: [aTarget({ workload: aWorkload({ replicas: 0 }) })] };
    expect(startOf(verifying(), none, '1s')).toContain('computed schedule 18% 3m30s, 50% 1m30s');
  });

  it('does not take an answer about another trial', () => {
    const seen = answering(known(BUSY), iso('1h'));
    expect(decided(verifying(), seen, '1s').status.phase).toBe('Verifying');
  });
});

describe('a release whose schedule is given', () => {
  it('waits for nothing', () => {
    const { status, notices } = decided(verifying({ canary: {} }), anObservation());
    expect(status.phase).toBe('Progressing');
    expect(notices[0]?.message).toBe('Started canary of bbbbbbbb against stable aaaaaaaa');
  });
});

describe('the schedule of a trial', () => {
  const planned = (changes: object, candidate: Partial<Candidate> = {}): ArtifactRelease =>
    onCanary({
      spec: { ...spec, ...changes },
      status: {
        candidate: aCandidate({
          weight: 2,
          stepStartedAt: iso(),
          replicas: [{ name: 'checkout', count: 1 }],
          baselines: [{ objective: 'availability', ...BUSY }],
          plan: PLAN,
          ...candidate,
        }),
      },
    });
  const good = withCanary({ counts: counted(totals(0, 9_000, 0, 90_000)) });

  it('is kept by whatever the spec says later', () => {
    const canary = { schedule: 'Steps', steps: [{ weight: 30, duration: '1m' }] };
    for (const changes of [{}, { canary }]) {
      expect(decided(planned(changes), good, '3m59s').status.candidate?.step).toBe(0);
      const { candidate, summary } = decided(planned(changes), good, '4m').status;
      expect([candidate?.step, summary.step]).toEqual([1, '2/3']);
    }
    expect(decided(onCanary({ spec }), good, '1m').status.candidate?.plan).toBeUndefined();
  });

  it('ends with its last step, and is evaluated at the end of each', () => {
    const last = planned({}, { step: 2, weight: 50 });
    expect(decided(last, good, '1m').status.phase).toBe('Promoting');
    expect(questions(last, at('1m')).counts?.slot).toBe(2.5);
  });

  it('is shortened by proof', () => {
    const canary = { ...spec.canary, advance: 'WhenProven' };
    expect(decided(planned({ canary }), good, '1m').status.candidate?.step).toBe(1);
    expect(noticesOf(decided(planned({ canary }), good, '1m'))).toEqual(['StepCompleted']);
  });
});
