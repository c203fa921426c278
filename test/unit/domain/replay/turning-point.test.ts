import { describe, expect, it } from 'vitest';
import type { Status } from '../../../../src/api/artifact-release-status.ts';
import { normal } from '../../../../src/domain/notice.ts';
import { isTurningPoint } from '../../../../src/domain/replay/turning-point.ts';
import { aCandidate, aFailure, aPin, aStatus, iso, NEXT, STABLE } from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const judged = (changes: Partial<NonNullable<Status['analysis']>[number]> = {}) => [
  {
    ...{ objective: 'availability', evaluatedAt: iso(), current: totals(0, 9), steps: [], evidence: 0 },
    ...({ verdict: 'Hold', reason: 'Measuring' } as const),
    ...changes,
  },
];
const BEFORE = aStatus({
  phase: 'Holding',
  candidate: aCandidate(),
  hold: { reason: 'NoData', since: iso() },
  analysis: judged(),
});
const turns = (changes: Partial<Status>) =>
  isTurningPoint(BEFORE, { status: { ...structuredClone(BEFORE), ...changes }, notices: [] });

describe('a pass', () => {
  it.each<[string, Partial<Status>]>([
    ['the phase', { phase: 'Paused' }],
    ['the step', { candidate: aCandidate({ step: 1 }) }],
    ['the weight', { candidate: aCandidate({ weight: 10 }) }],
    ['the attempt', { candidate: aCandidate({ attempt: 2 }) }],
    ['an approval', { candidate: aCandidate({ approvedStep: 0 }) }],
    ['the candidate', { candidate: aCandidate({ digest: NEXT }) }],
    ['why it holds', { hold: { reason: 'WaitingForPods', since: iso() } }],
    ['that it is left', { failure: aFailure() }],
    ['a verdict', { analysis: judged({ verdict: 'Pass' }) }],
    ['where it returns to', { stable: { digest: NEXT } }],
    ['what the workloads run', { pins: [aPin(STABLE, { container: 'init' })] }],
  ])('decides %s', (_, changes) => {
    expect(turns(changes)).toBe(true);
  });

  it('decides where there was no status, and where it has news', () => {
    expect(isTurningPoint(undefined, { status: BEFORE, notices: [] })).toBe(true);
    expect(isTurningPoint(BEFORE, { status: BEFORE, notices: [normal('Approved', 'by alice')] })).toBe(true);
  });

  it.each<[string, Partial<Status>]>([
    ['nothing', {}],
    ['numbers', { analysis: judged({ evidence: 3, current: totals(1, 10), evaluatedAt: iso('1m') }) }],
    ['words', { message: 'on hold: nothing was counted', conditions: [] }],
    ['clocks', { candidate: aCandidate({ stepStartedAt: iso('1m'), stageEnteredAt: iso('1m') }) }],
    ['why an objective holds', { analysis: judged({ reason: 'InsufficientTraffic' }) }],
  ])('in which %s changes decides nothing', (_, changes) => {
    expect(turns(changes)).toBe(false);
  });
});
