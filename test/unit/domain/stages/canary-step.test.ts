import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../../src/api/artifact-release-status.ts';
import { decide } from '../../../../src/domain/decide.ts';
import {
  aCanary,
  anObservation,
  app,
  aTarget,
  aWorkload,
  counted,
  proxy,
  rolling,
  withCanary,
} from '../../../support/observations.ts';
import {
  AVAILABILITY,
  aCandidate,
  aRelease,
  at,
  CANDIDATE,
  iso,
  NEXT,
  onCanary,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const entered = aCandidate({ replicas: [{ name: 'checkout', count: 1 }] });
const underway = aCandidate({ ...entered, weight: 10, stepStartedAt: iso() });
/** Its pods are not there yet, and its clock does not run. */
const entering = (changes: Parameters<typeof aRelease>[0] = {}, candidate: Partial<Candidate> = {}) =>
  aRelease({ ...changes, status: { phase: 'Progressing', candidate: { ...entered, ...candidate } } });
const reasons = ({ notices }: ReturnType<typeof decide>): string[] => notices.map(({ reason }) => reason);

describe('a step whose canary does not stand', () => {
  it.each([
    ['it is not there', anObservation(), '0 of 1 canary pods of checkout are available'],
    [
      'its pods do not start',
      withCanary({
        targets: [
          aTarget({
            canary: rolling(aCanary()),
            podTrouble: { why: 'ImagePullBackOff', crashLooping: false },
          }),
        ],
      }),
      '0 of 1 canary pods of checkout are available (ImagePullBackOff)',
    ],
    [
      'it still runs another digest',
      withCanary({ targets: [aTarget({ canary: aCanary({ containers: [app(NEXT), proxy] }) })] }),
      '0 of 1 canary pods',
    ],
    [
      'somebody else has its name',
      withCanary({ targets: [aTarget({ canary: aCanary({ ownerUid: 'somebody' }) })] }),
      'exists and is not ours; rename or delete it',
    ],
    [
      'its Deployment is gone',
      anObservation({ targets: [{ name: 'checkout', running: new Map() }] }),
      'Deployment checkout is gone',
    ],
    [
      'it cannot be written',
      withCanary({ writeFailure: { reason: 'WriteFailed', message: 'quota exceeded' } }),
      'quota exceeded; rolls back at 12:10:00Z unless that is mended before',
    ],
    [
      'its pods crash again and again',
      withCanary({ targets: [aTarget({ canary: aCanary(), podTrouble: { crashLooping: true } })] }),
      '1 of 1 canary pods of checkout are available (a container crashes again and again); rolls back at 12:10:00Z unless all of them are available, and stay so, before that',
    ],
    [
      'pods of the step before are still there',
      withCanary({ targets: [aTarget({ canary: aCanary({ currentReplicas: 3 }) })] }),
      '1 of 1 canary pods of checkout are available, 2 old pods not gone yet; rolls back at',
    ],
  ])('because %s waits until the deadline', (_, seen, why) => {
    const { status, wakeAt } = decide(entering(), seen, at('1m'));
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { weight: 0 } });
    expect(status.message).toContain(why);
    expect(status.message).toContain('rolls back at 12:10:00Z');
    expect(wakeAt).toEqual(at('10m'));
  });

  it('although it stood, holds with the same deadline from then on', () => {
    const gone = withCanary({ targets: [aTarget({ canary: rolling(aCanary()) })] });
    const held = decide(onCanary(), gone, at('1m'));
    expect(held.status).toMatchObject({
      phase: 'Holding',
      hold: { reason: 'WaitingForPods', since: iso('1m') },
    });
    expect(held.wakeAt).toEqual(at('11m'));
    const later = decide({ ...onCanary(), status: held.status }, gone, at('11m'));
    expect(later.status.failure).toMatchObject({
      reason: 'ProgressDeadlineExceeded',
      message:
        'Step 1/2 at 10%: 0 of 1 canary pods of checkout are available, still so after 10m (progressDeadline)',
    });
  });
});

describe('a step that has just begun', () => {
  it('does not count the requests of the step before again', () => {
    const spec = {
      objectives: [AVAILABILITY],
      canary: {
        steps: [
          { weight: 1, duration: '5m' },
          { weight: 2, duration: '5m' },
        ],
      },
    };
    const seen = withCanary({ counts: counted(totals(1, 1_000, 10, 10_000)) });
    const { status } = decide(onCanary({ spec }), seen, at('5m'));
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { step: 1, weight: 2 } });
    expect(status.analysis?.[0]).toMatchObject({ current: { total: 0 }, steps: [{ total: 1_000 }] });
  });

  it('and only waits for a person measures before it is on hold', () => {
    const spec = { objectives: [AVAILABILITY], canary: { steps: [{ weight: 10, approval: true }] } };
    const decision = decide(entering({ spec }), withCanary(), at('1m'));
    expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { weight: 10 } });
    expect(decision.status.hold).toBeUndefined();
    expect(decision.notices).toEqual([]);
    expect(decision.wakeAt).toEqual(at('1m30s'));
  });
});

describe('a step that asks for a person', () => {
  const spec = {
    canary: {
      steps: [
        { weight: 10, duration: '1m', approval: true },
        { weight: 50, duration: '1m' },
      ],
    },
  };

  it('says so once, after its time', () => {
    expect(decide(onCanary({ spec }), withCanary(), at('59s')).status.phase).toBe('Progressing');
    const paused = decide(onCanary({ spec }), withCanary(), at('1m'));
    expect(paused.status.message).toContain(
      `waiting for a person to annotate artifactrelease.dev/approve=${CANDIDATE}`,
    );
    expect(reasons(paused)).toEqual(['AwaitingApproval']);
    expect(paused.wakeAt).toBeUndefined();
    expect(reasons(decide({ ...onCanary({ spec }), status: paused.status }, withCanary(), at('2m')))).toEqual(
      [],
    );
  });

  it('goes on measuring while it waits, and rolls back on evidence', () => {
    const measured = { ...spec, objectives: [AVAILABILITY] };
    const good = withCanary({ counts: counted(totals(0, 5_000, 0, 5_000)) });
    const paused = decide(onCanary({ spec: measured }), good, at('1m'));
    expect(paused).toMatchObject({ status: { phase: 'Paused' }, wakeAt: at('1m30s') });
    const bad = withCanary({ counts: counted(totals(2_500, 5_000, 0, 5_000)) });
    const release = { ...onCanary({ spec: measured }), status: paused.status };
    expect(decide(release, bad, at('2m')).status.failure?.reason).toBe('ErrorBudgetBurn');
  });
});

describe('a step that the spec has lost', () => {
  const spec = { canary: { steps: [{ weight: 10, duration: '5m' }] } };

  it('keeps its weight and is the last one', () => {
    const waiting = onCanary({
      spec,
      status: { candidate: aCandidate({ ...entered, step: 2, weight: 25 }) },
    });
    expect(decide(waiting, anObservation(), at('1m')).status.message).toContain('Step 1/1 at 25%');
    const lost = onCanary({ spec, status: { candidate: aCandidate({ ...underway, step: 2, weight: 25 }) } });
    expect(decide(lost, withCanary(), at('1m')).status.phase).toBe('Promoting');
    expect(decide(waiting, withCanary(), at('1m')).status.candidate?.weight).toBe(25);
  });
});

describe('a target that is added in mid-canary', () => {
  it('gets its canary in the next step', () => {
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const worker = aTarget({ name: 'worker', workload: aWorkload({ name: 'worker' }) });
    const seen = withCanary({ targets: [aTarget({ canary: aCanary() }), worker] });
    const { effects } = decide(onCanary({ spec: { targets } }), seen, at('1m'));
    expect(effects).toMatchObject([{ kind: 'ApplyCanary', name: 'worker-canary', replicas: 0 }]);
  });
});
