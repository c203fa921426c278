import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import { type Decision, decide } from '../../../../src/domain/decide.ts';
import type { Observation, Proof } from '../../../../src/domain/observation.ts';
import {
  aCanary,
  afterPromotion,
  anObservation,
  app,
  aTarget,
  aWorkload,
  proxy,
  withCanary,
} from '../../../support/observations.ts';
import { proofs } from '../../../support/proofs.ts';
import { digestOf } from '../../../support/release-manifest.ts';
import {
  aCandidate,
  aFailure,
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
} from '../../../support/releases.ts';

const GOOD = digestOf('d');
const OLDER = digestOf('e');
const past = [anEntry({ verdict: 'Promoted' }), anEntry({ digest: GOOD }), anEntry({ digest: OLDER })];
const ofStable = { artifact: { repository: REPOSITORY, digest: STABLE } };
const imageOf = (digest: string) => `${REPOSITORY}@${digest}`;

/** What the verifier says: of the digests named, the proof; of every other one, that it is verified. */
const told = (answers: Record<string, Proof>): Observation['verification'] =>
  new Map([
    ...[STABLE, CANDIDATE, NEXT, GOOD, OLDER].map((digest) => [digest, proofs.Satisfied] as const),
    ...Object.entries(answers),
  ]);
const revoked = (...digests: string[]) =>
  told(Object.fromEntries(digests.map((digest) => [digest, proofs.Revoked])));

/** One decision that is a fixpoint: made again, it says nothing new. */
function decided(release: ArtifactRelease, seen: Observation, when = '1m'): Decision {
  const decision = decide(release, seen, at(when));
  const again = decide({ ...release, status: decision.status }, seen, at(when));
  expect({ ...again, notices: [] }).toEqual({ ...decision, notices: [] });
  expect(again.notices).toEqual([]);
  return decision;
}

const kinds = ({ effects }: Decision) => effects.map(({ kind }) => kind);
const pinned = ({ status }: Decision) => [...new Set(status.pins?.map(({ image }) => image))];
const reasons = ({ notices }: Decision) => notices.map(({ reason }) => reason);
const condition = ({ status }: Decision, name: string) => {
  const found = status.conditions.find(({ type }) => type === name);
  return `${found?.status} ${found?.reason}`;
};
/** The pass after everything was carried out. */
const after = (
  release: ArtifactRelease,
  { status }: Decision,
  digest: string,
  verification: Observation['verification'],
) =>
  decided(
    { ...release, status },
    anObservation({
      targets: [aTarget({ workload: aWorkload({ containers: [app(digest), proxy] }) })],
      verification,
    }),
    '2m',
  );

describe('stable that is revoked', () => {
  const resting = aRelease({ spec: ofStable, status: { history: past } });

  it('is left in one pass for the newest good digest of the history', () => {
    const decision = decided(resting, anObservation({ verification: revoked(STABLE) }));
    expect(decision.status).toMatchObject({
      phase: 'RollingBack',
      stable: { digest: GOOD },
      failure: { digest: STABLE, verdict: 'RolledBack', reason: 'Revoked', message: proofs.Revoked.message },
    });
    expect(decision.effects).toMatchObject([
      { kind: 'PinWorkload', images: [{ image: imageOf(GOOD) }], drift: false },
    ]);
    expect(reasons(decision)).toEqual(['Revoked']);
    const over = after(resting, decision, GOOD, revoked(STABLE));
    expect(over.status).toMatchObject({
      phase: 'RolledBack',
      stable: { digest: GOOD },
      history: [{ digest: STABLE, verdict: 'RolledBack', reason: 'Revoked' }, {}, {}, {}],
    });
    expect(over.status.history?.[0]?.message).toContain('incident-7');
    expect(over.status.message).toContain('also once the revocation is lifted');
    expect(over.status.message).toContain(`artifactrelease.dev/retry=${STABLE}`);
  });

  it.each([
    ['revoked too', proofs.Revoked],
    ['revoked too, for the report', proofs.Reported],
    ['refused', proofs.Refused],
    ['unknown', proofs.Unknown],
    ['not read yet', proofs.Pending],
  ])('passes over a newer digest that is %s', (_, proof) => {
    const verification = told({ [STABLE]: proofs.Revoked, [GOOD]: proof });
    expect(pinned(decided(resting, anObservation({ verification })))).toEqual([imageOf(OLDER)]);
  });

  it('passes over a digest that was rolled back since it was promoted', () => {
    const history = [anEntry({ digest: GOOD, verdict: 'RolledBack' }), ...past];
    const release = aRelease({ spec: ofStable, status: { history } });
    expect(pinned(decided(release, anObservation({ verification: revoked(STABLE) })))).toEqual([
      imageOf(OLDER),
    ]);
  });

  it('for the report moves nothing, and is told once', () => {
    const verification = told({ [STABLE]: proofs.Reported });
    const decision = decided(resting, anObservation({ verification }));
    expect([decision.status.phase, pinned(decision), kinds(decision)]).toEqual([
      'Healthy',
      [imageOf(STABLE)],
      [],
    ]);
    expect(condition(decision, 'Ready')).toBe('False Revoked');
    expect(decision.status.message).toContain('incident-7');
    expect(reasons(decision)).toEqual(['Revoked']);
  });

  it('is not put back where somebody changed the image', () => {
    const targets = [aTarget({ workload: aWorkload({ containers: [app(NEXT), proxy] }) })];
    const verification = told({ [STABLE]: proofs.Reported });
    expect(kinds(decided(resting, anObservation({ targets, verification })))).toEqual([]);
  });

  it('is not put back either where it is pinned by a tag', () => {
    const tag = `${REPOSITORY}:v1`;
    const release = aRelease({ spec: ofStable, status: { pins: [aPin(STABLE, { image: tag })] } });
    const verification = told({ [STABLE]: proofs.Reported });
    expect(kinds(decided(release, anObservation({ verification })))).toEqual([]);
  });

  describe('and nothing to return to', () => {
    const verification = revoked(STABLE, GOOD, OLDER);
    const blocked = decided(resting, anObservation({ verification }));

    it('stays, and asks for another digest', () => {
      expect(blocked.status).toMatchObject({ phase: 'Blocked', stable: { digest: STABLE } });
      expect(['Ready', 'Stalled'].map((name) => condition(blocked, name))).toEqual([
        'False NoSafeDigest',
        'True NoSafeDigest',
      ]);
      expect(blocked.status.message).toMatch(/incident-7.*Release another digest/);
      expect([reasons(blocked), kinds(blocked)]).toEqual([['NoSafeDigest'], []]);
    });

    it('still tries another digest, for that is the way out', () => {
      const release = { ...aRelease(), status: blocked.status };
      const decision = decided(release, anObservation({ verification }));
      expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { digest: CANDIDATE } });
      expect(condition(decision, 'Ready')).toBe('False NoSafeDigest');
    });

    it('returns as soon as a digest of the history is good', () => {
      const release = { ...resting, status: blocked.status };
      const decision = decided(release, anObservation({ verification: revoked(STABLE, GOOD) }), '2m');
      expect(pinned(decision)).toEqual([imageOf(OLDER)]);
    });

    it('is over when the revocation is lifted', () => {
      const release = { ...resting, status: blocked.status };
      expect(decided(release, anObservation({ verification: told({}) }), '2m').status.phase).toBe('Healthy');
    });
  });

  it('waits for the digests of the history that are still being read', () => {
    const verification = told({ [STABLE]: proofs.Revoked, [GOOD]: proofs.Pending, [OLDER]: proofs.Refused });
    const decision = decided(resting, anObservation({ verification }));
    expect([decision.status.phase, reasons(decision), kinds(decision)]).toEqual(['Healthy', [], []]);
    expect(decision.status.message).toContain('looking for a digest');
  });
});

describe('a trial whose stable is revoked', () => {
  const trial = onCanary({ status: { history: past } });

  it('ends unjudged, returns to a good digest and starts afresh', () => {
    const verification = revoked(STABLE);
    const decision = decided(trial, withCanary({ verification }));
    expect(decision.status).toMatchObject({
      phase: 'RollingBack',
      stable: { digest: GOOD },
      history: [{ digest: CANDIDATE, verdict: 'Superseded', reason: 'Revoked' }, {}, {}, {}],
    });
    expect(kinds(decision)).toEqual(['PinWorkload', 'DeleteCanary']);
    const again = after(trial, decision, GOOD, verification);
    expect(again.status).toMatchObject({
      stable: { digest: GOOD },
      candidate: { digest: CANDIDATE, attempt: 2, step: 0 },
      history: [{ digest: STABLE, reason: 'Revoked' }, {}, {}, {}, {}],
    });
  });

  it.each([
    ['nothing to return to', revoked(STABLE, GOOD, OLDER)],
    ['a revocation for the report', told({ [STABLE]: proofs.Reported })],
  ])('goes on with %s', (_, verification) => {
    const { status } = decided(trial, withCanary({ verification }));
    expect(status).toMatchObject({ phase: 'Progressing', candidate: { digest: CANDIDATE } });
  });

  const promoting = onCanary({
    status: {
      phase: 'Promoting',
      history: past,
      pins: [aPin(CANDIDATE)],
      candidate: aCandidate({ step: 1, weight: 50, replicas: [{ name: 'checkout', count: 9 }] }),
    },
  });

  it('goes on promoting, for that is the shortest way off stable', () => {
    const decision = decided(promoting, withCanary({ verification: revoked(STABLE) }));
    expect([decision.status.phase, pinned(decision)]).toEqual(['Promoting', [imageOf(CANDIDATE)]]);
  });

  it('in its bake only gets another way back', () => {
    const release = inBake({ status: { history: past } });
    const decision = decided(release, afterPromotion({ verification: revoked(STABLE) }));
    expect(decision.status).toMatchObject({ phase: 'Baking', stable: { digest: GOOD } });
    expect([pinned(decision), reasons(decision)]).toEqual([[imageOf(CANDIDATE)], ['Revoked']]);
  });
});

describe('a roll-back', () => {
  const baking = inBake({ status: { history: past } });
  const aborted = inBake({ orders: { abort: CANDIDATE }, status: { history: past } });

  it.each([
    ['is stable where that is unknown', { [STABLE]: proofs.Unknown }, STABLE],
    ['is a verified digest where stable is refused', { [STABLE]: proofs.Refused }, GOOD],
    ['is a verified digest where stable is revoked for the report', { [STABLE]: proofs.Reported }, GOOD],
    [
      'is stable where that is refused and nothing else is verified',
      { [STABLE]: proofs.Refused, [GOOD]: proofs.Unknown, [OLDER]: proofs.Refused },
      STABLE,
    ],
  ])('after promotion goes to what %s', (_, answers, expected) => {
    const verification = told({ ...answers, [CANDIDATE]: proofs.Refused });
    const decision = decided(baking, afterPromotion({ verification }));
    expect(pinned(decision)).toEqual([imageOf(expected)]);
    expect(decision.status.stable?.digest).toBe(expected);
  });

  it('from before the promotion touches nothing, also where stable is refused', () => {
    const release = onCanary({ orders: { abort: CANDIDATE }, status: { history: past } });
    const decision = decided(release, withCanary({ verification: told({ [STABLE]: proofs.Refused }) }));
    expect([pinned(decision), decision.status.stable?.digest]).toEqual([[imageOf(STABLE)], STABLE]);
  });

  it('with only revoked digests to go to leaves the workloads as they are, and says so', () => {
    const verification = revoked(STABLE, GOOD, OLDER);
    const decision = decided(aborted, afterPromotion({ verification }));
    expect(decision.status).toMatchObject({
      phase: 'Blocked',
      stable: { digest: STABLE },
      history: [{ digest: CANDIDATE, verdict: 'Aborted' }, {}, {}, {}],
    });
    expect([pinned(decision), kinds(decision)]).toEqual([[imageOf(CANDIDATE)], ['RemoveAnnotations']]);
    expect(reasons(decision)).toEqual(['Aborted', 'NoSafeDigest']);
    const lifted = decided(
      { ...baking, status: decision.status },
      afterPromotion({ verification: told({}) }),
      '2m',
    );
    expect([pinned(lifted), kinds(lifted)]).toEqual([[imageOf(STABLE)], ['PinWorkload']]);
  });

  const rollingBack = inBake({
    status: { phase: 'RollingBack', history: past, pins: [aPin()], failure: aFailure() },
  });

  it('under way goes on to a good digest when its target is revoked', () => {
    const decision = decided(rollingBack, afterPromotion({ verification: revoked(STABLE) }));
    expect(decision.status).toMatchObject({
      phase: 'RollingBack',
      stable: { digest: GOOD },
      failure: { digest: CANDIDATE },
    });
    expect(pinned(decision)).toEqual([imageOf(GOOD)]);
  });

  it('that touched nothing moves nothing because of a report', () => {
    const release = onCanary({
      status: { phase: 'RollingBack', history: past, failure: aFailure(), candidate: aCandidate() },
    });
    const decision = decided(release, withCanary({ verification: told({ [STABLE]: proofs.Reported }) }));
    expect(pinned(decision)).toEqual([imageOf(STABLE)]);
  });

  it('to a stable that is revoked is not begun because Git names it', () => {
    const release = inBake({ spec: ofStable, status: { history: [anEntry()] } });
    const decision = decided(release, afterPromotion({ verification: revoked(STABLE) }));
    expect(pinned(decision)).toEqual([imageOf(CANDIDATE)]);
    expect(decision.status).toMatchObject({
      phase: 'Blocked',
      stable: { digest: CANDIDATE },
      candidate: { digest: STABLE },
    });
  });

  it('by deletion never goes to a revoked digest', () => {
    const metadata = { deletionTimestamp: iso() };
    const release = inBake({ metadata, status: { history: past } });
    const gone = (...digests: string[]) =>
      pinned(decided(release, afterPromotion({ verification: revoked(...digests) })));
    expect(gone(STABLE)).toEqual([imageOf(GOOD)]);
    expect(gone(STABLE, GOOD, OLDER)).toEqual([imageOf(CANDIDATE)]);
  });
});

describe('a candidate that is revoked', () => {
  const verification = revoked(CANDIDATE);
  const held = { reason: 'NoData', since: iso() } as const;

  it.each([
    ['Progressing', {}],
    ['Holding', { hold: held }],
    ['Paused', {}],
  ] as const)('is left in the very same pass in phase %s', (phase, status) => {
    const decision = decided(onCanary({ status: { phase, ...status } }), withCanary({ verification }));
    expect(decision.status).toMatchObject({
      phase: 'RollingBack',
      candidate: { weight: 0 },
      failure: { reason: 'Revoked' },
    });
    expect(kinds(decision)).toEqual(['DeleteCanary']);
  });

  it.each([
    'Verifying',
    'Blocked',
  ] as const)('is blocked in phase %s, and goes on once that is lifted', (phase) => {
    const release = aRelease({ status: { phase, candidate: aCandidate() } });
    const decision = decided(release, anObservation({ verification }));
    expect([decision.status.phase, condition(decision, 'Verified')]).toEqual(['Blocked', 'False Revoked']);
    expect(decision.status.message).toMatch(/incident-7.*goes on by itself/);
    const lifted = decided(
      { ...release, status: decision.status },
      anObservation({ verification: told({}) }),
    );
    expect(lifted.status).toMatchObject({ phase: 'Progressing', candidate: { attempt: 1 } });
  });

  it('stays frozen while suspended, and the message says what is revoked', () => {
    const release = onCanary({
      spec: { suspend: true },
      status: { phase: 'Suspended', suspended: 'Progressing' },
    });
    const decision = decided(release, withCanary({ verification }));
    expect([decision.status.phase, kinds(decision)]).toEqual(['Suspended', []]);
    expect(decision.status.message).toContain('incident-7');
  });

  it.each([
    [
      'retry',
      aRelease({
        orders: { retry: CANDIDATE },
        status: { history: [anEntry({ digest: CANDIDATE, verdict: 'RolledBack' })] },
      }),
    ],
    [
      'promote',
      aRelease({ orders: { promote: CANDIDATE }, status: { phase: 'Blocked', candidate: aCandidate() } }),
    ],
    [
      'rollback-to',
      aRelease({
        orders: { 'rollback-to': CANDIDATE },
        spec: ofStable,
        status: { history: [anEntry(), anEntry({ digest: CANDIDATE, verdict: 'Promoted' })] },
      }),
    ],
  ])('is not helped by %s', (_, release) => {
    const { notices } = decided(release, anObservation({ verification }));
    expect(notices).toMatchObject([{ reason: 'CommandRefused' }]);
    expect(notices[0]?.message).toContain('it is revoked: incident-7');
  });
});

describe('pods', () => {
  it.each(['Unknown', 'Pending'] as const)('are not started anew while the proof is %s', (answer) => {
    const verification = told({ [CANDIDATE]: proofs[answer] });
    const gone = decided(onCanary(), anObservation({ verification }));
    expect(kinds(gone)).toEqual([]);
    const scaled = [aTarget({ canary: aCanary({ replicas: 0 }) })];
    expect(kinds(decided(onCanary(), anObservation({ targets: scaled, verification })))).toEqual([]);
  });

  it('that lost their proof before they stood have their whole deadline when it is back', () => {
    const waiting = aRelease({
      status: { phase: 'Progressing', candidate: aCandidate({ replicas: [{ name: 'checkout', count: 1 }] }) },
    });
    const held = decided(
      waiting,
      anObservation({ verification: told({ [CANDIDATE]: proofs.Unknown }) }),
      '9m',
    );
    expect(held.status).toMatchObject({ phase: 'Holding', hold: { reason: 'RegistryUnavailable' } });
    const back = decided({ ...waiting, status: held.status }, anObservation(), '12m');
    expect(back.status).toMatchObject({ phase: 'Progressing', candidate: { stageEnteredAt: iso('12m') } });
    expect(kinds(back)).toEqual(['ApplyCanary']);
    expect(back.wakeAt).toEqual(at('22m'));
  });

  it('of a target that joins wait until stable is verified', () => {
    const targets = ['checkout', 'worker'].map((name) => ({ kind: 'Deployment', name }));
    const release = aRelease({ spec: { ...ofStable, targets }, status: {} });
    const seen = [
      aTarget(),
      aTarget({ name: 'worker', workload: aWorkload({ name: 'worker', containers: [app(NEXT)] }) }),
    ];
    const verification = told({ [STABLE]: proofs.Unknown });
    const decision = decided(release, anObservation({ targets: seen, verification }));
    expect([decision.status.phase, kinds(decision)]).toEqual(['Pending', []]);
    expect(decision.status.message).toContain('worker joins once aaaaaaaa is verified');
    const joined = decided({ ...release, status: decision.status }, anObservation({ targets: seen }));
    expect(kinds(joined)).toEqual(['PinWorkload']);
  });
});
