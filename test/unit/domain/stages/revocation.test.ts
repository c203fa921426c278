import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../../src/api/artifact-release.ts';
import type { Decision } from '../../../../src/domain/decide.ts';
import type { Observation } from '../../../../src/domain/observation.ts';
import { conditionOf, decided, effectsOf, noticesOf, pinnedBy } from '../../../support/decisions.ts';
import {
  afterPromotion,
  anObservation,
  app,
  aTarget,
  aWorkload,
  proxy,
  withCanary,
} from '../../../support/observations.ts';
import { GOOD, OLDER, proofs, revoked, told } from '../../../support/proofs.ts';
import {
  aCandidate,
  anEntry,
  aPin,
  aRelease,
  CANDIDATE,
  imageOf,
  inBake,
  NEXT,
  ofStable,
  onCanary,
  REPOSITORY,
  STABLE,
} from '../../../support/releases.ts';

const past = [anEntry({ verdict: 'Promoted' }), anEntry({ digest: GOOD }), anEntry({ digest: OLDER })];

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
    expect(noticesOf(decision)).toEqual(['Revoked']);
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
    expect(pinnedBy(decided(resting, anObservation({ verification })))).toEqual([imageOf(OLDER)]);
  });

  it('passes over a digest that was rolled back since it was promoted', () => {
    const history = [anEntry({ digest: GOOD, verdict: 'RolledBack' }), ...past];
    const release = aRelease({ spec: ofStable, status: { history } });
    expect(pinnedBy(decided(release, anObservation({ verification: revoked(STABLE) })))).toEqual([
      imageOf(OLDER),
    ]);
  });

  it('for the report moves nothing, and is told once', () => {
    const verification = told({ [STABLE]: proofs.Reported });
    const decision = decided(resting, anObservation({ verification }));
    expect([decision.status.phase, pinnedBy(decision), effectsOf(decision)]).toEqual([
      'Healthy',
      [imageOf(STABLE)],
      [],
    ]);
    expect(conditionOf(decision, 'Ready')).toBe('False Revoked');
    expect(decision.status.message).toContain('incident-7');
    expect(noticesOf(decision)).toEqual(['Revoked']);
  });

  it('is not put back where somebody changed the image', () => {
    const targets = [aTarget({ workload: aWorkload({ containers: [app(NEXT), proxy] }) })];
    const verification = told({ [STABLE]: proofs.Reported });
    expect(effectsOf(decided(resting, anObservation({ targets, verification })))).toEqual([]);
  });

  it('is not put back either where it is pinned by a tag', () => {
    const tag = `${REPOSITORY}:v1`;
    const release = aRelease({ spec: ofStable, status: { pins: [aPin(STABLE, { image: tag })] } });
    const verification = told({ [STABLE]: proofs.Reported });
    expect(effectsOf(decided(release, anObservation({ verification })))).toEqual([]);
  });

  describe('and nothing to return to', () => {
    const verification = revoked(STABLE, GOOD, OLDER);
    const blocked = decided(resting, anObservation({ verification }));

    it('stays, and asks for another digest', () => {
      expect(blocked.status).toMatchObject({ phase: 'Blocked', stable: { digest: STABLE } });
      expect(['Ready', 'Stalled'].map((name) => conditionOf(blocked, name))).toEqual([
        'False NoSafeDigest',
        'True NoSafeDigest',
      ]);
      expect(blocked.status.message).toMatch(/incident-7.*Release another digest/);
      expect([noticesOf(blocked), effectsOf(blocked)]).toEqual([['NoSafeDigest'], []]);
    });

    it('still tries another digest, for that is the way out', () => {
      const release = { ...aRelease(), status: blocked.status };
      const decision = decided(release, anObservation({ verification }));
      expect(decision.status).toMatchObject({ phase: 'Progressing', candidate: { digest: CANDIDATE } });
      expect(conditionOf(decision, 'Ready')).toBe('False NoSafeDigest');
    });

    it('keeps saying so while the history is read again', () => {
      const verification = told({
        [STABLE]: proofs.Revoked,
        [GOOD]: proofs.Pending,
        [OLDER]: proofs.Revoked,
      });
      const again = decided({ ...resting, status: blocked.status }, anObservation({ verification }));
      expect([again.status.phase, conditionOf(again, 'Stalled')]).toEqual(['Blocked', 'True NoSafeDigest']);
    });

    it('keeps saying so during a trial, also while stable is read again', () => {
      const trial = decided({ ...aRelease(), status: blocked.status }, anObservation({ verification }));
      const restarted = anObservation({ verification: told({ [STABLE]: proofs.Pending }) });
      expect(conditionOf(decided({ ...aRelease(), status: trial.status }, restarted), 'Ready')).toBe(
        'False NoSafeDigest',
      );
    });

    it('returns as soon as a digest of the history is good', () => {
      const release = { ...resting, status: blocked.status };
      const decision = decided(release, anObservation({ verification: revoked(STABLE, GOOD) }), '2m');
      expect(pinnedBy(decision)).toEqual([imageOf(OLDER)]);
    });

    it('is over when the revocation is lifted', () => {
      const release = { ...resting, status: blocked.status };
      expect(decided(release, anObservation({ verification: told({}) }), '2m').status.phase).toBe('Healthy');
    });
  });

  it('waits for the digests of the history that are still being read', () => {
    const verification = told({ [STABLE]: proofs.Revoked, [GOOD]: proofs.Pending, [OLDER]: proofs.Refused });
    const decision = decided(resting, anObservation({ verification }));
    expect([decision.status.phase, noticesOf(decision), effectsOf(decision)]).toEqual(['Healthy', [], []]);
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
    expect(effectsOf(decision)).toEqual(['PinWorkload', 'DeleteCanary']);
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
    expect([decision.status.phase, pinnedBy(decision)]).toEqual(['Promoting', [imageOf(CANDIDATE)]]);
    // What is on its way is safe, whether there is another digest or not.
    const without = decided(promoting, withCanary({ verification: revoked(STABLE, GOOD, OLDER) }));
    expect(conditionOf(without, 'Ready')).toBe('False Promoting');
  });

  it('in its bake only gets another way back', () => {
    const release = inBake({ status: { history: past } });
    const decision = decided(release, afterPromotion({ verification: revoked(STABLE) }));
    expect(decision.status).toMatchObject({ phase: 'Baking', stable: { digest: GOOD } });
    expect([pinnedBy(decision), noticesOf(decision)]).toEqual([[imageOf(CANDIDATE)], ['Revoked']]);
  });
});
