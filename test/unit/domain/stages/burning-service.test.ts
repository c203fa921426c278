import { describe, expect, it } from 'vitest';
import type { ObjectiveAnalysis } from '../../../../src/api/artifact-release-status.ts';
import { conditionOf, decided, effectsOf, noticesOf } from '../../../support/decisions.ts';
import {
  afterPromotion,
  anObservation,
  counted,
  notCounted,
  withCanary,
} from '../../../support/observations.ts';
import {
  AVAILABILITY,
  aCandidate,
  aRelease,
  at,
  CANDIDATE,
  inBake,
  iso,
  NEXT,
  onCanary,
} from '../../../support/releases.ts';
import { CALM, OUTAGE, serviceBurn, UNKNOWN } from '../../../support/service-burns.ts';
import { totals } from '../../../support/totals.ts';

const under = (serviceBurn: 'Hold' | 'Rollback' | 'Ignore', more: object = {}) => ({
  spec: { objectives: [AVAILABILITY], analysis: { serviceBurn }, ...more },
});
const good = counted(totals(0, 5_000, 0, 5_000));
const bad = counted(totals(2_500, 5_000, 0, 5_000));
const bothBurn = counted(totals(1_500, 5_000, 1_500, 5_000));
const outage = serviceBurn(OUTAGE);
const NUMBERS =
  'availability 99%: the whole service burns 21.0x over 5m and 15.2x over 1h, both above 14.4x; at this speed the 30d budget is gone in 1d10h';

describe('a step while the service burns', () => {
  const burning = withCanary({ counts: good, serviceBurn: outage });

  it('holds with the numbers, and goes on when that is over', () => {
    const held = decided(onCanary(under('Hold')), burning, '2m');
    expect(held.status).toMatchObject({
      phase: 'Holding',
      hold: { reason: 'ServiceBurning', since: iso('2m') },
    });
    expect(held.status.message).toContain(
      `Step 1/2 at 10% on hold: ${NUMBERS}; this release: availability 99%`,
    );
    expect(held.status.message).toContain('spec.fix: true lets a release go on that mends the service');
    expect(noticesOf(held)).toEqual(['ServiceBurning']);
    expect(held.wakeAt).toEqual(at('2m30s'));
    const calm = withCanary({ counts: good, serviceBurn: serviceBurn(CALM) });
    const after = decided({ ...onCanary(under('Hold')), status: held.status }, calm, '3m');
    expect([after.status.phase, noticesOf(after)]).toEqual(['Progressing', ['HoldEnded']]);
  });

  it('does not end, and pauses after maxHold as every hold', () => {
    const release = onCanary(under('Hold'));
    expect(decided(release, burning, '6m').status.phase).toBe('Holding');
    const hold = { reason: 'ServiceBurning', since: iso('2m') } as const;
    const status = { ...release.status, phase: 'Holding', phaseStartedAt: iso('2m'), hold } as const;
    const { phase } = decided(onCanary({ ...under('Hold'), status }), burning, '32m').status;
    expect(phase).toBe('Paused');
  });

  it('holds also where the candidate is not measured yet', () => {
    const early = withCanary({ counts: notCounted('NoData'), serviceBurn: outage });
    expect(decided(onCanary(under('Hold')), early, '30s').status.hold?.reason).toBe('ServiceBurning');
  });

  it('rolls back where the policy says so, with the numbers', () => {
    const decision = decided(onCanary(under('Rollback')), burning, '2m');
    expect(decision.status.failure).toMatchObject({ verdict: 'RolledBack', reason: 'ServiceBurning' });
    expect(decision.status.failure?.message).toContain(`Step 1/2 at 10%: ${NUMBERS}`);
    expect(decision.notices[0]?.message).toContain(`Rolling back bbbbbbbb to aaaaaaaa: Step 1/2 at 10%`);
  });

  it.each(['Hold', 'Rollback'] as const)('rolls back what burns more than stable, also with %s', (policy) => {
    const seen = withCanary({ counts: bad, serviceBurn: outage });
    expect(decided(onCanary(under(policy)), seen, '2m').status.failure?.reason).toBe('ErrorBudgetBurn');
  });

  it('says the same as the comparison with stable, where both find it', () => {
    const seen = withCanary({ counts: bothBurn, serviceBurn: outage });
    const { status } = decided(onCanary(under('Hold')), seen, '2m');
    expect(status.hold?.reason).toBe('ServiceBurning');
    expect(status.message).toContain('stable burns too');
  });

  it('no longer holds what burned with stable, and no worse, once the service keeps its objective again', () => {
    const equal = counted(totals(500, 5_000, 500, 5_000));
    const worse = counted(totals(700, 5_000, 500, 5_000));
    const statusAt6m = (counts: typeof equal, known: ReturnType<typeof serviceBurn>) =>
      decided(onCanary(under('Hold')), withCanary({ counts, serviceBurn: known }), '6m').status;
    expect(statusAt6m(equal, serviceBurn(CALM)).candidate?.step).toBe(1);
    expect(statusAt6m(equal, serviceBurn(UNKNOWN)).hold?.reason).toBe('ServiceBurning');
    expect(statusAt6m(worse, serviceBurn(CALM)).candidate?.step).toBe(0);
  });

  it('does not wait for the service where the release is there to mend it', () => {
    const equal = withCanary({ counts: counted(totals(500, 5_000, 500, 5_000)) });
    expect(decided(onCanary(under('Hold', { fix: true })), equal, '6m').status.candidate?.step).toBe(1);
  });

  it.each([
    ['is another trial', serviceBurn(OUTAGE, 'Trial', iso('1m'))],
    ['was asked before it began', serviceBurn(OUTAGE, 'Door')],
    ['is unknown', serviceBurn(UNKNOWN)],
    ['is calm', serviceBurn(CALM)],
  ])('goes on where what is known of it %s', (_, known) => {
    const seen = withCanary({ counts: good, serviceBurn: known });
    for (const policy of ['Hold', 'Rollback'] as const)
      expect(decided(onCanary(under(policy)), seen, '2m').status.phase).toBe('Progressing');
  });
});

describe('a bake while the service burns', () => {
  const burning = afterPromotion({ counts: good, serviceBurn: outage });

  it('goes on, but does not end before that is over', () => {
    const baking = decided(inBake(under('Hold')), burning, '30m');
    expect(baking.status.phase).toBe('Baking');
    expect(baking.status.message).toContain(NUMBERS);
    const held = decided(inBake(under('Hold')), burning, '1h');
    expect(held.status).toMatchObject({ phase: 'Holding', hold: { reason: 'ServiceBurning' } });
    const calm = afterPromotion({ counts: good, serviceBurn: serviceBurn(CALM) });
    const release = { ...inBake(under('Hold')), status: held.status };
    expect(decided(release, calm, '65m').status).toMatchObject({
      phase: 'Healthy',
      stable: { digest: CANDIDATE },
    });
  });

  it('rolls back where the policy says so', () => {
    const { status } = decided(inBake(under('Rollback')), burning, '30m');
    expect(status.failure).toMatchObject({ reason: 'ServiceBurning' });
    expect(status.failure?.message).toContain(`Bake: ${NUMBERS}`);
  });

  it('ends where only its own counts say that stable burned as well', () => {
    const recorded: ObjectiveAnalysis = {
      objective: 'availability',
      evaluatedAt: iso(),
      current: totals(1_500, 5_000),
      steps: [totals(1_500, 5_000, 1_500, 5_000)],
      evidence: 0,
      verdict: 'Hold',
      reason: 'ServiceBurning',
    };
    const seen = afterPromotion({
      counts: counted(totals(1_500, 5_000)),
      serviceBurn: serviceBurn(CALM),
    });
    const release = inBake({ ...under('Hold'), status: { analysis: [recorded] } });
    expect(decided(release, seen, '1h').status.phase).toBe('Healthy');
  });
});

describe('the door while stable burns', () => {
  const verifying = (policy: 'Hold' | 'Rollback' | 'Ignore', more: object = {}) =>
    aRelease({ ...under(policy, more), status: { phase: 'Verifying', candidate: aCandidate() } });
  const burning = anObservation({ serviceBurn: serviceBurn(OUTAGE, 'Door') });

  it.each(['Hold', 'Rollback'] as const)('is closed with %s, and says what opens it', (policy) => {
    const first = decided(verifying(policy), burning);
    expect([first.status.phase, effectsOf(first), noticesOf(first)]).toEqual([
      'Verifying',
      [],
      ['ServiceBurning'],
    ]);
    expect(first.status.message).toBe(
      `No pod runs bbbbbbbb yet: ${NUMBERS}; a release that mends it starts with spec.fix: true; looked at again at 12:01:00Z`,
    );
    expect(conditionOf(first, 'Progressing')).toBe('True ServiceBurning');
    expect(first.wakeAt).toEqual(at('1m'));
    const later = decided({ ...verifying(policy), status: first.status }, burning, '1m');
    expect([noticesOf(later), later.wakeAt]).toEqual([[], at('2m')]);
  });

  it('tells of it anew for the digest that takes its place', () => {
    const { status } = decided(verifying('Hold'), burning);
    const artifact = { repository: aRelease().spec.artifact.repository, digest: NEXT };
    const release = { ...verifying('Hold', { artifact }), status };
    const seen = anObservation({ serviceBurn: serviceBurn(OUTAGE, 'Door', iso('1m')) });
    expect(noticesOf(decided(release, seen, '1m'))).toContain('ServiceBurning');
  });

  it.each([
    ['it burns no more', 'Hold', {}, serviceBurn(CALM, 'Door')],
    ['it is not known whether it burns', 'Hold', {}, serviceBurn(UNKNOWN, 'Door')],
    ['the release is to mend it', 'Hold', { fix: true }, serviceBurn(OUTAGE, 'Door')],
    ['the policy ignores it', 'Ignore', {}, serviceBurn(OUTAGE, 'Door')],
    ['only a canary burned that is gone', 'Hold', {}, serviceBurn(OUTAGE, 'Trial')],
  ] as const)('is open where %s', (_, policy, more, known) => {
    const { status } = decided(verifying(policy, more), anObservation({ serviceBurn: known }));
    expect(status.phase).toBe('Progressing');
  });
});
