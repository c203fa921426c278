import { describe, expect, it } from 'vitest';
import { brief, decided, effectsOf, phaseOf } from '../../../support/decisions.ts';
import { anObservation, withCanary } from '../../../support/observations.ts';
import {
  aCandidate,
  anEntry,
  aRelease,
  CANDIDATE,
  iso,
  NEXT,
  ofNext,
  ofStable,
  onCanary,
  STABLE,
} from '../../../support/releases.ts';

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
