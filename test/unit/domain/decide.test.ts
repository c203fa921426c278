import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/domain/decide.ts';
import type { Observation, ObservedTarget } from '../../../src/domain/observation.ts';
import { known } from '../../../src/domain/reading.ts';
import { decided, effectsOf } from '../../support/decisions.ts';
import {
  aCanary,
  afterPromotion,
  anObservation,
  app,
  aRival,
  aTarget,
  aWorkload,
  counted,
  notCounted,
  proxy,
  refused,
  rolling,
  satisfied,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../support/observations.ts';
import { kept, protections } from '../../support/protections.ts';
import {
  AVAILABILITY,
  aCandidate,
  anEntry,
  aPin,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const phaseOf = ({ status }: Decision): string => status.phase;
const reasonOf = ({ status }: Decision): string | undefined =>
  status.conditions.find(({ type }) => type === 'Progressing')?.reason;
const imagesOf = ({ status }: Decision): readonly string[] | undefined =>
  status.pins?.map(({ image }) => image);
const brief = (decision: Decision): unknown => [
  phaseOf(decision),
  reasonOf(decision),
  ...effectsOf(decision),
];

const imageOf = (digest: string): string => `${REPOSITORY}@${digest}`;
const ofStable = { artifact: { repository: REPOSITORY, digest: STABLE } };
const ofNext = { artifact: { repository: REPOSITORY, digest: NEXT } };
const measured = { objectives: [AVAILABILITY] };
const missing: ObservedTarget = { name: 'checkout', running: new Map() };
const good = counted(totals(0, 100_000, 0, 100_000));
const bad = counted(totals(50_000, 100_000, 100, 100_000));
const emptied = withCanary({ targets: [aTarget({ canary: aCanary({ availableReplicas: 0 }) })] });

describe('adoption', () => {
  const tagged = aWorkload({ containers: [{ ...app(), image: `${REPOSITORY}:v1` }] });
  const asTag = (...running: [string, ReturnType<typeof known<string>>][]): Observation =>
    anObservation({ targets: [aTarget({ workload: tagged, running: new Map(running) })] });

  it('takes the digest that the workload names as stable, and touches nothing', () => {
    const decision = decided(aRelease({ spec: ofStable }));
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status).toMatchObject({ stable: { digest: STABLE }, history: [{ verdict: 'Adopted' }] });
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it('reads the digest behind a tag from the pods, and pins the tag as it is written', () => {
    const decision = decided(aRelease({ spec: ofStable }), asTag(['app', known(STABLE)]));
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status.stable?.digest).toBe(STABLE);
    expect(imagesOf(decision)).toEqual([`${REPOSITORY}:v1`]);
  });

  it('adds the finalizer first', () => {
    expect(effectsOf(decided(aRelease({ spec: ofStable, metadata: { finalizers: [] } })))).toEqual([
      'AddFinalizer',
    ]);
  });

  const two = { targets: ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name })) };
  const worker = (digest: string): ObservedTarget =>
    aTarget({ name: 'worker', workload: aWorkload({ name: 'worker', containers: [app(digest)] }) });

  it.each([
    ['a tag that no pod explains', {}, asTag(), 'StableUnknown'],
    ['a Deployment that is missing', {}, anObservation({ targets: [missing] }), 'DeploymentNotFound'],
    ['targets that differ', two, anObservation({ targets: [aTarget(), worker(NEXT)] }), 'TargetsDiffer'],
    [
      'an image of another repository',
      {},
      anObservation({ targets: [aTarget({ workload: aWorkload({ containers: [proxy] }) })] }),
      'ContainerNotFound',
    ],
  ])('waits for a person about %s', (_, spec, seen, reason) => {
    const decision = decided(aRelease({ spec }), seen);
    expect(brief(decision)).toEqual(['Pending', reason]);
    expect(decision.status.stable).toBeUndefined();
  });

  it('of several targets at one digest pins them all', () => {
    const seen = anObservation({ targets: [aTarget(), worker(STABLE)] });
    expect(imagesOf(decided(aRelease({ spec: { ...ofStable, ...two } }), seen))).toEqual([
      imageOf(STABLE),
      imageOf(STABLE),
    ]);
  });

  it('goes on to the canary of another digest when that is verified', () => {
    const decision = decided(aRelease());
    expect(brief(decision)).toEqual(['Progressing', 'WaitingForPods', 'ApplyCanary']);
    expect(decision.effects).toMatchObject([{ replicas: 1, digest: CANDIDATE }]);
  });
});

describe('verification', () => {
  const verifying = aRelease({ status: { phase: 'Verifying', candidate: aCandidate() } });

  it('that is refused blocks the digest, once with a warning', () => {
    const seen = anObservation({ verification: verifiedAs(refused, CANDIDATE) });
    const decision = decided(verifying, seen);
    expect(brief(decision)).toEqual(['Blocked', 'VerificationFailed']);
    expect(decision.notices).toMatchObject([{ type: 'Warning', reason: 'VerificationFailed' }]);
  });

  it.each([
    ['unknown', { verification: verifiedAs(unanswered, CANDIDATE) }],
    ['not asked for', { verification: new Map() }],
    ['without protection', kept({ [CANDIDATE]: protections.Outage })],
  ])('that is %s starts no pod, and is asked again', (_, seen) => {
    const decision = decided(verifying, anObservation(seen));
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual(['Verifying']);
    expect(decision.wakeAt).toEqual(at('30s'));
  });

  it('that succeeds after all starts a blocked digest', () => {
    const blocked = aRelease({ status: { phase: 'Blocked', candidate: aCandidate() } });
    expect(brief(decided(blocked))).toEqual(['Progressing', 'WaitingForPods', 'ApplyCanary']);
  });

  it.each([
    ['canary', onCanary(), withCanary],
    ['bake', inBake(), afterPromotion],
  ])('that is revoked in the %s rolls back at once', (_, release, seen) => {
    const decision = decided(release, seen({ verification: verifiedAs(refused, CANDIDATE) }), '1m');
    expect([phaseOf(decision), reasonOf(decision)]).toEqual(['RollingBack', 'VerificationFailed']);
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it('that is lost in the canary holds it', () => {
    const decision = decided(
      onCanary(),
      withCanary({ verification: verifiedAs(unanswered, CANDIDATE) }),
      '5m',
    );
    expect(brief(decision)).toEqual(['Holding', 'VerificationUnknown']);
  });
});

describe('a step of the canary', () => {
  const waiting = aRelease({
    status: {
      phase: 'Progressing',
      candidate: aCandidate({ replicas: [{ name: 'checkout', count: 1 }] }),
    },
  });

  it('waits for its pods, with a deadline', () => {
    const decision = decided(waiting, emptied, '1m');
    expect(brief(decision)).toEqual(['Progressing', 'WaitingForPods']);
    expect(decision.wakeAt).toEqual(at('10m'));
    expect(decision.status.candidate?.stepStartedAt).toBeUndefined();
  });

  it('starts its clock and its weight when they are available', () => {
    const { status, wakeAt } = decided(waiting, withCanary(), '1m');
    expect(status.candidate).toMatchObject({ weight: 10, stepStartedAt: iso('1m') });
    expect(wakeAt).toEqual(at('6m'));
  });

  it('rolls back when they are not by the deadline', () => {
    const decision = decided(waiting, emptied, '10m');
    expect(brief(decision)).toEqual(['RollingBack', 'ProgressDeadlineExceeded', 'DeleteCanary']);
  });

  it('passes on to the next one, with more pods and no clock', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: good }), '5m');
    expect(brief(decision)).toEqual(['Progressing', 'WaitingForPods', 'ScaleCanary']);
    expect(decision.status.candidate).toMatchObject({ step: 1, weight: 10, replicas: [{ count: 9 }] });
    expect(decision.status.candidate?.stepStartedAt).toBeUndefined();
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it('does not end before its time', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: good }), '4m59s');
    expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { step: 0 } });
  });

  it('rolls back on evidence before its time, and touches no workload', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: bad }), '1m');
    expect(phaseOf(decision)).toBe('RollingBack');
    expect(effectsOf(decision)).toEqual(['DeleteCanary']);
  });

  it.each(['NoData', 'NotANumber', 'MetricsUnavailable'] as const)('holds on %s', (reason) => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: notCounted(reason) }), '5m');
    expect(brief(decision)).toEqual(['Holding', reason]);
    expect(decision.wakeAt).toEqual(at('5m30s'));
  });

  it('holds as soon as counts are unknown, not only at its end', () => {
    const decision = decided(onCanary({ spec: measured }), withCanary({ counts: notCounted() }), '1m');
    expect(brief(decision)).toEqual(['Holding', 'NoData']);
  });

  it.each([
    ['Pause', ['Paused', 'HoldExpired']],
    ['Rollback', ['RollingBack', 'HoldExpired', 'DeleteCanary']],
  ])('on hold for maxHold does as onHoldExpired says: %s', (onHoldExpired, expected) => {
    const spec = { ...measured, analysis: { onHoldExpired } };
    const release = onCanary({
      spec,
      status: { phase: 'Holding', phaseStartedAt: iso(), hold: { reason: 'NoData', since: iso() } },
    });
    const seen = withCanary({ counts: notCounted() });
    expect(phaseOf(decided(release, seen, '29m59s'))).toBe('Holding');
    expect(brief(decided(release, seen, '30m'))).toEqual(expected);
  });

  const last = onCanary({
    spec: measured,
    status: {
      candidate: aCandidate({
        step: 1,
        weight: 50,
        stepStartedAt: iso(),
        replicas: [{ name: 'checkout', count: 9 }],
      }),
    },
  });
  const ninePods = [aTarget({ canary: aCanary({ replicas: 9 }) })];

  it('that is the last one promotes the digest that was analysed', () => {
    const decision = decided(last, withCanary({ targets: ninePods, counts: good }), '10m');
    expect(brief(decision)).toEqual(['Promoting', 'Promoting', 'PinWorkload']);
    expect(imagesOf(decision)).toEqual([imageOf(CANDIDATE)]);
    expect(decision.effects).toMatchObject([{ images: [{ image: imageOf(CANDIDATE) }], drift: false }]);
  });
});

describe('promotion', () => {
  const promoting = onCanary({
    status: {
      phase: 'Promoting',
      pins: [aPin(CANDIDATE)],
      candidate: aCandidate({ step: 1, weight: 50, replicas: [{ name: 'checkout', count: 9 }] }),
    },
  });
  const rolledOut = { containers: [app(CANDIDATE)] };
  const beside = (workload: Parameters<typeof aWorkload>[0], make = aWorkload): Observation => {
    const stable = make(workload);
    return anObservation({
      targets: [aTarget({ workload: stable, canary: aCanary({ replicas: 9, madeFrom: 'x' }) })],
    });
  };

  it('waits for the rollout while the canary goes on serving', () => {
    const decision = decided(promoting, beside(rolledOut, rolling), '1m');
    expect(phaseOf(decision)).toBe('Promoting');
    expect(effectsOf(decision)).not.toContain('DeleteCanary');
    expect(decision.wakeAt).toEqual(at('10m'));
  });

  it('ends in the bake, without a canary', () => {
    const decision = decided(promoting, beside(rolledOut), '1m');
    expect(brief(decision)).toEqual(['Baking', 'Baking', 'DeleteCanary']);
    expect(decision.status.candidate).toMatchObject({ weight: 100, stepStartedAt: iso('1m') });
  });

  it('that does not roll out by its deadline is rolled back', () => {
    const decision = decided(promoting, beside(rolledOut, rolling), '10m');
    expect(brief(decision)).toEqual([
      'RollingBack',
      'ProgressDeadlineExceeded',
      'PinWorkload',
      'DeleteCanary',
    ]);
    expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });
});

describe('the bake', () => {
  it('goes on until its time is over', () => {
    const decision = decided(inBake(), afterPromotion(), '59m');
    expect(brief(decision)).toEqual(['Baking', 'Baking']);
    expect(decision.wakeAt).toEqual(at('1h'));
  });

  it('makes the candidate stable', () => {
    const decision = decided(inBake({ spec: measured }), afterPromotion({ counts: good }), '1h');
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status).toMatchObject({
      stable: { digest: CANDIDATE, promotedAt: iso('1h') },
      history: [{ digest: CANDIDATE, verdict: 'Promoted' }, { digest: STABLE }],
    });
    expect(decision.status.candidate).toBeUndefined();
    expect(decision.wakeAt).toBeUndefined();
  });

  it('holds at its end when counts are unknown', () => {
    const decision = decided(inBake({ spec: measured }), afterPromotion({ counts: notCounted() }), '1h');
    expect(brief(decision)).toEqual(['Holding', 'NoData']);
  });

  it('rolls the workload back to stable on evidence', () => {
    const decision = decided(inBake({ spec: measured }), afterPromotion({ counts: bad }), '10m');
    expect(phaseOf(decision)).toBe('RollingBack');
    expect(decision.effects).toMatchObject([{ kind: 'PinWorkload', images: [{ image: imageOf(STABLE) }] }]);
  });

  it('is cut short by a new digest, for which the candidate is stable', () => {
    const decision = decided(inBake({ spec: ofNext }), afterPromotion(), '10m');
    expect(decision.status).toMatchObject({
      stable: { digest: CANDIDATE },
      candidate: { digest: NEXT, step: 0 },
    });
  });
});

describe('roll-back', () => {
  const left = { digest: CANDIDATE, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' } as const;
  const failure = { ...left, message: 'too many errors', since: iso() };
  const rollingBack = onCanary({ status: { phase: 'RollingBack', failure, candidate: aCandidate() } });
  const over = aRelease({ status: { phase: 'RolledBack', history: [anEntry(left), anEntry()] } });

  it('waits until the canary is gone', () => {
    expect(brief(decided(rollingBack, withCanary(), '1m'))).toEqual([
      'RollingBack',
      'ErrorBudgetBurn',
      'DeleteCanary',
    ]);
  });

  it('is over when nothing of the candidate is left, and refuses the digest', () => {
    const decision = decided(rollingBack, anObservation(), '1m');
    expect(brief(decision)).toEqual(['RolledBack', 'DigestRefused']);
    expect(decision.status).toMatchObject({ stable: { digest: STABLE }, history: [left, {}] });
  });

  it('stays refused however often Git applies the digest again', () => {
    const again = { ...over, metadata: { ...over.metadata, generation: 7 } };
    expect(brief(decided(again, anObservation(), '10h'))).toEqual(['RolledBack', 'DigestRefused']);
  });

  it('is forgiven by retry, which counts the attempt', () => {
    const decision = decided({ ...over, metadata: aRelease({ orders: { retry: CANDIDATE } }).metadata });
    expect(decision.status).toMatchObject({
      phase: 'Progressing',
      candidate: { digest: CANDIDATE, attempt: 2 },
    });
    expect(effectsOf(decision)).toEqual(['RemoveAnnotations', 'ApplyCanary']);
  });

  it('lets go when the spec names stable or another digest', () => {
    expect(phaseOf(decided({ ...over, spec: { ...over.spec, ...ofStable } }))).toBe('Healthy');
    expect(decided({ ...over, spec: { ...over.spec, ...ofNext } }).status.candidate?.digest).toBe(NEXT);
  });
});

describe('another digest in mid-canary', () => {
  it('starts at the first step against the same stable', () => {
    const decision = decided(onCanary({ spec: ofNext }), withCanary(), '1m');
    expect(decision.status).toMatchObject({
      stable: { digest: STABLE },
      candidate: { digest: NEXT, step: 0, weight: 0 },
      history: [{ digest: CANDIDATE, verdict: 'Superseded' }, {}],
    });
    expect(decision.effects).toMatchObject([{ kind: 'ApplyCanary', digest: NEXT }]);
  });

  it('starts no pod before it is verified', () => {
    const seen = withCanary({ verification: verifiedAs(unanswered, NEXT) });
    const decision = decided(onCanary({ spec: ofNext }), seen, '1m');
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual(['Verifying', 'DeleteCanary']);
  });

  it('that is stable ends the trial', () => {
    const decision = decided(onCanary({ spec: ofStable }), withCanary(), '1m');
    expect(brief(decision)).toEqual(['Healthy', 'Healthy', 'DeleteCanary']);
    expect(decision.status.history?.[0]).toMatchObject({ digest: CANDIDATE, reason: 'Cancelled' });
  });

  it('that is stable rolls back a promotion', () => {
    const decision = decided(inBake({ spec: ofStable }), afterPromotion(), '1m');
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual(['RollingBack', 'PinWorkload']);
  });
});

describe('a command', () => {
  const gate = {
    canary: {
      steps: [
        { weight: 10, approval: true },
        { weight: 50, duration: '10m' },
      ],
    },
  };

  it('approve ends the step that waits for it', () => {
    expect(brief(decided(onCanary({ spec: gate }), withCanary(), '1m'))).toEqual([
      'Paused',
      'AwaitingApproval',
    ]);
    const { status } = decided(onCanary({ spec: gate, orders: { approve: CANDIDATE } }), withCanary(), '1m');
    expect(status.candidate).toMatchObject({ step: 1, approvedStep: 0 });
  });

  it('abort rolls back and is remembered', () => {
    const decision = decided(onCanary({ orders: { abort: CANDIDATE } }), withCanary(), '1m');
    expect([phaseOf(decision), ...effectsOf(decision)]).toEqual([
      'RollingBack',
      'RemoveAnnotations',
      'DeleteCanary',
    ]);
    expect(decision.status.failure?.verdict).toBe('Aborted');
  });

  it('promote skips the rest of the canary, but not verification', () => {
    const release = onCanary({ orders: { promote: CANDIDATE } });
    expect(imagesOf(decided(release, withCanary(), '1m'))).toEqual([imageOf(CANDIDATE)]);
    const seen = withCanary({ verification: verifiedAs(unanswered, CANDIDATE) });
    expect(imagesOf(decided(release, seen, '1m'))).toEqual([imageOf(STABLE)]);
  });

  it('rollback-to returns to a digest that was proven', () => {
    const release = aRelease({
      spec: ofStable,
      orders: { 'rollback-to': NEXT },
      status: { history: [anEntry(), anEntry({ digest: NEXT, verdict: 'Promoted', reason: 'Promoted' })] },
    });
    const decision = decided(release);
    expect(phaseOf(decision)).toBe('RollingBack');
    expect(imagesOf(decision)).toEqual([imageOf(NEXT)]);
  });

  it.each([
    'approve',
    'abort',
    'promote',
    'retry',
    'rollback-to',
  ])('%s with another digest is refused', (verb) => {
    const seen = withCanary();
    const decision = decided(onCanary({ orders: { [verb]: NEXT } }), seen, '1m');
    const undisturbed = decided(onCanary(), seen, '1m');
    expect(decision.notices).toMatchObject([{ reason: 'CommandRefused' }]);
    expect({ ...decision.status, acted: undefined }).toEqual({ ...undisturbed.status, acted: undefined });
    expect(effectsOf(decision)).toEqual(['RemoveAnnotations']);
  });
});

describe('suspension', () => {
  it.each([
    [
      'verification',
      aRelease({ spec: { suspend: true }, status: { phase: 'Verifying', candidate: aCandidate() } }),
    ],
    ['canary', onCanary({ spec: { suspend: true } })],
    ['bake', inBake({ spec: { suspend: true } })],
  ])('in the %s touches nothing, not even what drifted', (_, release) => {
    const seen = anObservation({ targets: [aTarget({ workload: aWorkload({ containers: [app(NEXT)] }) })] });
    expect(brief(decided(release, seen, '99h'))).toEqual(['Suspended', 'Suspended']);
  });

  it('ends where it began, and the step starts its clock again', () => {
    const release = onCanary({ status: { phase: 'Suspended', suspended: 'Progressing' } });
    const { status } = decided(release, withCanary(), '2h');
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { step: 0, stepStartedAt: iso('2h') } });
  });
});

describe('deletion', () => {
  const metadata = { deletionTimestamp: iso() };

  it.each([
    ['Pending', aRelease({ metadata }), anObservation(), ['RemoveFinalizer']],
    ['Healthy', aRelease({ metadata, status: {} }), anObservation(), ['RemoveFinalizer']],
    [
      'Verifying',
      aRelease({ metadata, status: { phase: 'Verifying', candidate: aCandidate() } }),
      anObservation(),
      ['RemoveFinalizer'],
    ],
    ['Progressing', onCanary({ metadata }), withCanary(), ['DeleteCanary']],
    [
      'Suspended',
      onCanary({ metadata, status: { phase: 'Suspended', suspended: 'Progressing' } }),
      withCanary(),
      ['DeleteCanary'],
    ],
    ['Baking', inBake({ metadata }), afterPromotion(), ['PinWorkload']],
  ])('in phase %s leaves nothing but stable', (_, release, seen, effects) => {
    const decision = decided(release, seen, '1m');
    expect(effectsOf(decision)).toEqual(effects);
    expect(decision.status.candidate).toBeUndefined();
    if (release.status) expect(imagesOf(decision)).toEqual([imageOf(STABLE)]);
  });

  it.each([
    ['Orphan', 'Tags', []],
    ['Orphan', 'Report', ['RemoveFinalizer']],
    ['Orphan', 'None', ['RemoveFinalizer']],
    ['Release', 'Tags', ['RemoveFinalizer']],
  ] as const)('with policy %s and mode %s waits until it is on record that tags stay: %j', (policy, mode, effects) => {
    const protection = { mode: 'Tags', deletionPolicy: policy };
    const release = aRelease({ metadata, spec: { protection }, status: {} });
    expect(effectsOf(decided(release, anObservation(kept({}, mode)), '1m'))).toEqual(effects);
  });

  it('says that it waits for that record, and goes on once it is there', () => {
    const protection = { mode: 'Tags', deletionPolicy: 'Orphan' };
    const release = aRelease({ metadata, spec: { protection }, status: {} });
    const waiting = decided(release, anObservation(kept()), '10s');
    expect(waiting.status.message).toBe(
      'Deleting: waiting for it to be on record that its tags stay (spec.protection.deletionPolicy is Orphan); workloads go on running aaaaaaaa; looked at again at 12:00:30Z',
    );
    expect(waiting.wakeAt).toEqual(at('30s'));
    const { protection: digests, protectionState } = kept();
    const recorded = { protection: digests, protectionState: { ...protectionState, orphaned: true } };
    expect(effectsOf(decided(release, anObservation(recorded), '20s'))).toEqual(['RemoveFinalizer']);
  });

  it('does nothing more once the finalizer is gone', () => {
    expect(effectsOf(decided(aRelease({ metadata: { ...metadata, finalizers: [] }, status: {} })))).toEqual(
      [],
    );
  });
});

describe('a release at rest', () => {
  const resting = aRelease({ spec: ofStable, status: {} });

  it('waits for nothing but a new digest', () => {
    const decision = decided(resting, anObservation(), '100h');
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.wakeAt).toBeUndefined();
    expect(decision.status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('True');
  });

  it('puts back an image that somebody else changed', () => {
    const seen = anObservation({ targets: [aTarget({ workload: aWorkload({ containers: [app(NEXT)] }) })] });
    expect(decided(resting, seen).effects).toMatchObject([{ kind: 'PinWorkload', drift: true }]);
  });

  it('waits for a Deployment that is gone', () => {
    expect(brief(decided(resting, anObservation({ targets: [missing] })))).toEqual([
      'Pending',
      'DeploymentNotFound',
    ]);
  });

  it.each([
    [satisfied, 'True'],
    [unanswered, 'False'],
    [refused, 'False'],
  ])('is Ready only while its digest is verified: %o', (check, ready) => {
    const decision = decided(resting, anObservation({ verification: verifiedAs(check, STABLE) }));
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status.conditions.find(({ type }) => type === 'Ready')?.status).toBe(ready);
  });

  it('stands back for an older release of the same Deployment', () => {
    const seen = anObservation({ claims: [aRival()] });
    const decision = decided(aRelease(), seen);
    expect(brief(decision)).toEqual(['Pending', 'DuplicateTarget']);
  });
});
