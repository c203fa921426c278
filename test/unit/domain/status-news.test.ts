import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/decide.ts';
import { isSameNews, isSameStatus } from '../../../src/domain/status-news.ts';
import { counted, withCanary } from '../../support/observations.ts';
import { AVAILABILITY, aCandidate, at, CANDIDATE, iso, onCanary } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const release = onCanary({ spec: { objectives: [AVAILABILITY] } });
const statusAt = (time: string, bad: number, total = 100) =>
  decide(release, withCanary({ counts: counted(totals(bad, total, 0, 900)) }), at(time)).status;
const status = statusAt('1m', 0);

describe('news', () => {
  it('are not the numbers, the sentences about them, nor their columns', () => {
    const later = statusAt('1m30s', 0, 150);
    expect(isSameStatus(status, later)).toBe(false);
    expect(isSameNews(status, { ...later, conditions: status.conditions })).toBe(true);
    expect(isSameNews(status, later)).toBe(true);
  });

  const record = {
    digest: CANDIDATE,
    state: 'Verified',
    reason: 'Verified',
    policyHash: 'abc',
    lastVerifiedTime: iso(),
    signatures: [],
    attestations: [],
  } as const;

  it('are not the time of the last look at the proof, but what was seen', () => {
    const before = { ...status, verification: { ...record, signatures: [], attestations: [] } };
    const looked = { ...before, verification: { ...before.verification, lastVerifiedTime: iso('1h') } };
    expect(isSameNews(before, looked)).toBe(true);
    expect(
      isSameNews(before, { ...before, verification: { ...looked.verification, state: 'Revoked' } }),
    ).toBe(false);
  });

  it.each([
    ['are not pods that come and go while the phase says that they do', 'RollingBack', true],
    ['are not pods that come and go in a promotion', 'Promoting', true],
    ['are pods that go in any other phase', 'Progressing', false],
  ] as const)('%s', (_, phase, same) => {
    const whole = { ...status, phase };
    const conditions = whole.conditions.map((condition) =>
      condition.type === 'Healthy' ? { ...condition, status: 'False' as const } : condition,
    );
    expect(isSameNews(whole, { ...whole, conditions })).toBe(same);
  });

  it('are bad requests of the candidate: the next look counts on from them', () => {
    expect(isSameNews(status, statusAt('1m30s', 1))).toBe(false);
    expect(isSameNews(statusAt('1m30s', 1), statusAt('1m31s', 1, 110))).toBe(true);
  });

  it('are not the first numbers of a release either', () => {
    const { analysis: _, ...unmeasured } = status;
    expect(isSameNews(unmeasured, status)).toBe(true);
  });

  it.each([
    ['a phase', { phase: 'Holding' as const }],
    ['a generation', { observedGeneration: 2 }],
    ['a weight', { candidate: aCandidate({ weight: 50 }) }],
    ['a column', { summary: { ...status.summary, step: '2/2' } }],
    ['a condition', { conditions: status.conditions.slice(1) }],
    ['the end of a step', { analysis: status.analysis?.map((a) => ({ ...a, steps: [totals(0, 1)] })) ?? [] }],
    ['an order that was acted upon', { acted: ['abort=x'] }],
  ])('are %s', (_, change) => {
    expect(isSameNews(status, { ...status, ...change })).toBe(false);
  });
});
