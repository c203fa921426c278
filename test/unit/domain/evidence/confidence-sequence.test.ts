import { describe, expect, it } from 'vitest';
import { confidenceSequence } from '../../../../src/domain/evidence/confidence-sequence.ts';
import { binomial, seededRandom } from '../../../support/seeded-random.ts';

describe('a confidence sequence', () => {
  it('knows nothing without requests', () => {
    expect(confidenceSequence({ bad: 0, total: 0 }, 0.05)).toEqual({ lower: 0, upper: 1 });
  });

  // Without bad requests: B(½, n+½)/B(½, ½) = Γ(n+½)/(Γ(½)·n!), so (1−p)^n = 20 times less than 1/√(πn) for large n.
  it('ends where the likelihood ratio of the mixture is 1/α', () => {
    const { lower, upper } = confidenceSequence({ bad: 0, total: 10_000 }, 0.05);
    expect(lower).toBe(0);
    const expected = (Math.log(20) + Math.log(Math.sqrt(Math.PI * 10_000))) / 10_000;
    expect(upper).toBeCloseTo(expected, 6);
  });

  it.each([
    [1_000, 1e9],
    [0, 1e9],
    [1e9, 1e9],
    [0.4, 3.7],
  ])('holds the ratio of %s bad of %s, and stays in order', (bad, total) => {
    const { lower, upper } = confidenceSequence({ bad, total }, 0.01);
    expect(lower).toBeGreaterThanOrEqual(0);
    expect(lower).toBeLessThanOrEqual(bad / total);
    expect(upper).toBeGreaterThanOrEqual(bad / total);
    expect(upper).toBeLessThanOrEqual(1);
  });

  it('holds the truth at every look of at least 95 % of all runs', () => {
    const random = seededRandom(7);
    const runs = 400;
    let missed = 0;
    for (let run = 0; run < runs; run += 1) {
      let [bad, total, held] = [0, 0, true];
      for (let look = 0; look < 40; look += 1) {
        bad += binomial(100, 0.02, random);
        total += 100;
        const { lower, upper } = confidenceSequence({ bad, total }, 0.05);
        held &&= lower <= 0.02 && 0.02 <= upper;
      }
      if (!held) missed += 1;
    }
    expect(missed / runs).toBeLessThanOrEqual(0.05);
  });
});
