import { describe, expect, it } from 'vitest';
import {
  backoffCeiling,
  backoffDelay,
  KeyedBackoff,
  RECONCILE_BACKOFF,
} from '../../../src/controller/backoff.ts';

describe('backoff', () => {
  it.each([
    { attempt: 0, ceiling: 1_000 },
    { attempt: 1, ceiling: 1_000 },
    { attempt: 2, ceiling: 2_000 },
    { attempt: 9, ceiling: 256_000 },
    { attempt: 10, ceiling: 300_000 },
    { attempt: 5_000, ceiling: 300_000 },
  ])('waits at most $ceiling ms before retry $attempt', ({ attempt, ceiling }) => {
    expect(backoffCeiling(attempt, RECONCILE_BACKOFF)).toBe(ceiling);
  });

  it('spreads the delay over the whole range below the ceiling', () => {
    expect(backoffDelay(3, RECONCILE_BACKOFF, () => 0)).toBe(0);
    expect(backoffDelay(3, RECONCILE_BACKOFF, () => 0.25)).toBe(1_000);
  });

  it('counts the failures of each key on its own and starts over when a key is forgotten', () => {
    const backoff = new KeyedBackoff(RECONCILE_BACKOFF, () => 0.5);
    expect([backoff.next('a'), backoff.next('a'), backoff.next('b')]).toEqual([500, 1_000, 500]);
    backoff.forget('a');
    expect(backoff.attempts('a')).toBe(0);
    expect(backoff.next('a')).toBe(500);
  });
});
