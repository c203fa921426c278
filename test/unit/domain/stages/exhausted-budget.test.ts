import { describe, expect, it } from 'vitest';
import type { Proof, ServiceBudgets } from '../../../../src/domain/observation.ts';
import { conditionOf, decided, effectsOf, noticesOf } from '../../../support/decisions.ts';
import { anObservation, satisfied, verifiedAs } from '../../../support/observations.ts';
import { proofs } from '../../../support/proofs.ts';
import { AVAILABILITY, aCandidate, aRelease, at, CANDIDATE, NEXT } from '../../../support/releases.ts';
import { OUTAGE, serviceBudgets, serviceBurn } from '../../../support/service-burns.ts';

const verifying = (more: object = {}) =>
  aRelease({
    spec: { objectives: [AVAILABILITY], ...more },
    metadata: { creationTimestamp: at('4m').toISOString() },
    status: { phase: 'Verifying', candidate: aCandidate() },
  });
const seeing = (budgets: ServiceBudgets, proof: Proof = satisfied) =>
  anObservation({ serviceBudgets: budgets, verification: verifiedAs(proof, CANDIDATE) });
const spent = serviceBudgets(1.37);
const WHY =
  'bbbbbbbb is blocked: availability 99%: 137% of the 30d error budget is spent, as counted over 30d00h; no pod runs it. ' +
  'It goes on by itself once less than 100% is spent. A release that mends the service starts with spec.fix: true; ' +
  'annotate artifactrelease.dev/rollback-to=<digest> for a way back, or set spec.analysis.exhaustedBudget: Ignore';

describe('a release whose service has no error budget left', () => {
  const first = decided(verifying(), seeing(spent), '5m');
  const blocked = { ...verifying(), status: first.status };

  it('is blocked, and says what ends that', () => {
    expect([first.status.phase, effectsOf(first)]).toEqual(['Blocked', []]);
    expect(first.status.message).toBe(`${WHY}; asked again at 12:14:00Z`);
    expect(first.notices).toEqual([{ type: 'Warning', reason: 'BudgetExhausted', message: WHY }]);
    expect(['Ready', 'Stalled', 'Progressing'].map((name) => conditionOf(first, name))).toEqual([
      'False BudgetExhausted',
      'True BudgetExhausted',
      'False BudgetExhausted',
    ]);
    expect(first.wakeAt).toEqual(at('14m'));
  });

  it('is told of once, whatever the numbers are at the next look', () => {
    const later = decided(blocked, seeing(serviceBudgets(1.12)), '14m');
    expect(later.status.message).toContain('112% of the 30d error budget');
    expect([later.status.phase, noticesOf(later), later.wakeAt]).toEqual(['Blocked', [], at('24m')]);
  });

  it('goes on by itself when the budget is back', () => {
    const later = decided(blocked, seeing(serviceBudgets(0.99)), '14m');
    expect([later.status.phase, noticesOf(later)]).toEqual(['Progressing', ['ReleaseStarted']]);
  });

  it('is told of anew for the digest that takes its place', () => {
    const artifact = { ...blocked.spec.artifact, digest: NEXT };
    const next = decided({ ...blocked, spec: { ...blocked.spec, artifact } }, seeing(spent), '6m');
    expect([next.status.phase, next.status.candidate?.digest]).toEqual(['Blocked', NEXT]);
    expect(noticesOf(next)).toContain('BudgetExhausted');
  });

  it('waits for the end of a burn before that of the budget', () => {
    const burning = { ...seeing(spent), serviceBurn: serviceBurn(OUTAGE, 'Door') };
    const { status } = decided(blocked, burning, '14m');
    expect([status.phase, conditionOf({ ...first, status }, 'Progressing')]).toEqual([
      'Verifying',
      'True ServiceBurning',
    ]);
  });

  it('stays as it was told after a restart, until its proof is read again', () => {
    const awaited = decided(
      blocked,
      anObservation({ verification: verifiedAs(proofs.Pending, CANDIDATE) }),
      '6m',
    );
    expect([awaited.status.message, noticesOf(awaited)]).toEqual([first.status.message, []]);
  });

  it('is not said to be refused where its spec has changed in the meantime', () => {
    const changed = { ...blocked, metadata: { ...blocked.metadata, generation: 9 } };
    const { status } = decided(changed, seeing(spent, proofs.Pending), '6m');
    expect([status.phase, status.message]).toEqual([
      'Verifying',
      expect.stringContaining('it is being read'),
    ]);
  });

  it('is told of the proof that it lacks by now, and then of the budget again', () => {
    const refused = decided(blocked, seeing(spent, proofs.Refused), '6m');
    expect([refused.status.phase, noticesOf(refused)]).toEqual(['Blocked', ['NoMatchingSignature']]);
    const again = decided({ ...blocked, status: refused.status }, seeing(spent), '7m');
    expect([again.status.phase, noticesOf(again)]).toEqual(['Blocked', ['BudgetExhausted']]);
  });
});

describe('a canary begins on a budget', () => {
  it.each([
    ['that is not all spent', {}, serviceBudgets(0.999)],
    ['of which nothing is known', {}, serviceBudgets(undefined)],
    ['that it is to mend', { fix: true }, spent],
    ['that it does not heed', { analysis: { exhaustedBudget: 'Ignore' } }, spent],
  ])('%s', (_, more, budgets) => {
    expect(decided(verifying(more), seeing(budgets), '5m').status.phase).toBe('Progressing');
  });
});
