import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/decide.ts';
import { complaints } from '../../support/conditions-check.ts';
import {
  afterPromotion,
  anObservation,
  aRival,
  aTarget,
  counted,
  refused,
  rolling,
  satisfied,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../support/observations.ts';
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
  ofStable,
  onCanary,
  STABLE,
} from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const atRest = (spec = {}) => aRelease({ spec: { ...ofStable, ...spec }, status: {} });
const conditionsOf = ({ status }: ReturnType<typeof decide>) =>
  Object.fromEntries(
    status.conditions.map(({ type, status: state, reason }) => [type, `${state} ${reason}`]),
  );

describe('conditions', () => {
  it.each([
    ['at rest', atRest(), anObservation(), 'True Promoted', 'False Healthy', 'False Progressing'],
    [
      'at rest with a stable that is not proven',
      atRest(),
      anObservation({ verification: verifiedAs(refused, STABLE) }),
      'False VerificationFailed',
      'False Healthy',
      'False Progressing',
    ],
    [
      'at rest with a stable that nobody asked about',
      atRest(),
      anObservation({ verification: new Map() }),
      'False VerificationUnknown',
      'False Healthy',
      'False Progressing',
    ],
    ['in a step', onCanary(), withCanary(), 'False Progressing', 'True Progressing', 'False Progressing'],
    [
      'blocked',
      aRelease({ status: {} }),
      anObservation({ verification: verifiedAs(refused, CANDIDATE) }),
      'False VerificationFailed',
      'False Healthy',
      'True VerificationFailed',
    ],
    [
      'refused',
      aRelease({ status: { history: [anEntry({ digest: CANDIDATE, verdict: 'Aborted' })] } }),
      anObservation(),
      'False DigestRefused',
      'False Healthy',
      'True DigestRefused',
    ],
    [
      'beside an older release',
      atRest(),
      anObservation({ claims: [aRival()] }),
      'False DuplicateTarget',
      'False Healthy',
      'True DuplicateTarget',
    ],
    [
      'suspended at rest',
      atRest({ suspend: true }),
      anObservation(),
      'True Promoted',
      'False Suspended',
      'False Progressing',
    ],
    [
      'suspended at rest while the spec names another digest',
      aRelease({ spec: { suspend: true }, status: {} }),
      anObservation(),
      'False Suspended',
      'False Suspended',
      'False Progressing',
    ],
  ])('of a release %s tell kstatus one thing', (_, release, seen, ready, reconciling, stalled) => {
    const decision = decide(release, seen, at('1m'));
    expect(conditionsOf(decision)).toMatchObject({
      Ready: ready,
      Reconciling: reconciling,
      Stalled: stalled,
    });
    expect(complaints(decision.status, 1)).toEqual([]);
  });

  it('have the time of their last change, not of the last look', () => {
    const first = decide(onCanary(), withCanary(), at('1m')).status;
    const second = decide({ ...onCanary(), status: first }, withCanary(), at('2m')).status;
    expect(second.conditions.map((c) => c.lastTransitionTime)).toEqual(first.conditions.map(() => iso('1m')));
    const broken = anObservation({ targets: [aTarget({ workload: rolling() })] });
    const third = decide({ ...atRest(), status: first }, broken, at('3m')).status;
    expect(third.conditions.find((c) => c.type === 'Healthy')).toMatchObject({
      status: 'False',
      lastTransitionTime: iso('3m'),
    });
  });

  it.each([
    [satisfied, 'True Verified'],
    [refused, 'False VerificationFailed'],
    [unanswered, 'Unknown VerificationUnknown'],
    [{ ...satisfied, reason: 'NotConfigured' } as const, 'False NotConfigured'],
  ])('Verified is about the digest under trial: %j', (check, verified) => {
    const seen = withCanary({ verification: verifiedAs(check, CANDIDATE) });
    expect(conditionsOf(decide(onCanary(), seen, at('1m'))).Verified).toBe(verified);
  });
});

describe('columns', () => {
  it('at rest name stable', () => {
    const release = aRelease({ spec: ofStable, status: { stable: { digest: STABLE, version: '1.41.0' } } });
    expect(decide(release, anObservation(), at()).status.summary).toEqual({
      stable: 'aaaaaaaa',
      version: '1.41.0',
    });
  });

  it('in a step name both sides, the step, its weight and the burn', () => {
    const seen = withCanary({ counts: counted(totals(2, 100, 0, 900)) });
    const release = onCanary({ spec: { objectives: [AVAILABILITY] } });
    expect(decide(release, seen, at('1m')).status.summary).toEqual({
      stable: 'aaaaaaaa',
      candidate: 'bbbbbbbb',
      step: '1/2',
      weight: '10%',
      burn: '2.0x',
      version: '1.42.0',
    });
  });

  it('in the bake stay at the last step', () => {
    const { summary } = decide(inBake(), afterPromotion(), at('1m')).status;
    expect(summary).toMatchObject({ step: '2/2', weight: '100%' });
  });

  it('before adoption name what is asked for', () => {
    expect(decide(aRelease(), anObservation({ targets: [] }), at()).status.summary).toEqual({
      candidate: 'bbbbbbbb',
      version: '1.42.0',
    });
  });

  it('name a digest that stays refused', () => {
    const history = [anEntry({ digest: CANDIDATE, verdict: 'RolledBack', reason: 'ErrorBudgetBurn' })];
    const stable = { digest: STABLE, version: '1.41.0' };
    const { status } = decide(aRelease({ status: { stable, history } }), anObservation(), at());
    expect(status.phase).toBe('RolledBack');
    expect(status.summary).toEqual({ stable: 'aaaaaaaa', candidate: 'bbbbbbbb', version: '1.41.0' });
  });

  it('never give the version of stable to a candidate that has none', () => {
    const [stable, candidate] = [{ digest: STABLE, version: '1.41.0' }, aCandidate({ version: undefined })];
    const { summary } = decide(onCanary({ status: { stable, candidate } }), withCanary(), at('1m')).status;
    expect(summary).not.toHaveProperty('version');
  });
});

describe('a message', () => {
  it('is cut to what the schema allows', () => {
    const failure = aFailure({ message: 'x'.repeat(768) });
    const name = 'n'.repeat(253);
    const release = aRelease({ status: { failure, candidate: aCandidate() }, spec: ofStable });
    const seen = anObservation({ strays: [{ ...rolling(), name, ownerUid: release.metadata.uid }] });
    expect(decide(release, seen, at('1m')).status.message).toHaveLength(1024);
  });
});
