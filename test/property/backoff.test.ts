import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffCeiling, backoffDelay } from '../../src/controller/backoff.ts';

const aPolicy = fc
  .record({ baseMs: fc.integer({ min: 1, max: 10_000 }), factor: fc.integer({ min: 1, max: 1_000 }) })
  .map(({ baseMs, factor }) => ({ baseMs, maxMs: baseMs * factor }));
const anAttempt = fc.integer({ min: 0, max: 1_000_000 });
const aRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  it('stays within 0 and the ceiling, and the ceiling within base and maximum', () => {
    fc.assert(
      fc.property(aPolicy, anAttempt, aRandom, (policy, attempt, random) => {
        const ceiling = backoffCeiling(attempt, policy);
        expect(ceiling).toBeGreaterThanOrEqual(policy.baseMs);
        expect(ceiling).toBeLessThanOrEqual(policy.maxMs);
        const delay = backoffDelay(attempt, policy, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(ceiling);
      }),
    );
  });

  it('never lowers its ceiling', () => {
    fc.assert(
      fc.property(aPolicy, anAttempt, (policy, attempt) => {
        expect(backoffCeiling(attempt + 1, policy)).toBeGreaterThanOrEqual(backoffCeiling(attempt, policy));
      }),
    );
  });
});
