import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Totals } from '../../src/api/artifact-release-status.ts';
import { spentPercent } from '../../src/domain/error-budget.ts';
import { type EvaluationInput, evaluate } from '../../src/domain/evaluate.ts';

const requests = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 50 }),
  fc.integer({ min: 1, max: 1e9 }),
  fc.double({ min: 0.001, max: 1e6, noNaN: true }),
);
const share = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1.05, noNaN: true }));
const side = fc.tuple(requests, share).map(([total, ratio]) => ({ bad: total * ratio, total }));
const segment: fc.Arbitrary<Totals> = fc
  .tuple(side, side, fc.integer({ min: 0, max: 86_400 }))
  .map(([candidate, stable, seconds]) => ({
    ...candidate,
    stableBad: stable.bad,
    stableTotal: stable.total,
    seconds,
  }));
const input: fc.Arbitrary<EvaluationInput> = fc.record({
  target: fc.oneof(
    fc.constantFrom(0.9, 0.99, 0.999, 0.9999, 0.999999),
    fc.double({ min: 0.01, max: 0.9999999, noNaN: true }),
  ),
  maxBurnRate: fc.constantFrom(0.1, 1, 2, 14.4, 1_000_000),
  confidence: fc.constantFrom(0.5, 0.95, 0.99, 0.99999999),
  steps: fc.array(segment, { maxLength: 10 }),
  current: segment,
  comparison: fc.constantFrom('concurrent', 'before'),
  clumping: fc.constantFrom(
    { dispersion: 1, clump: 1 },
    { dispersion: 2.5, clump: 3 },
    { dispersion: 40, clump: 100 },
  ),
  measure: fc.constantFrom('requests', 'samples'),
});

const asGoodAsStable = (totals: Totals): Totals => ({
  ...totals,
  stableBad: totals.bad,
  stableTotal: totals.total,
});

describe('evaluate, whatever was counted', () => {
  it('answers with finite numbers within their bounds', () => {
    fc.assert(
      fc.property(input, (question) => {
        const { evidence, requestsNeeded, burnRate = 0 } = evaluate(question);
        expect(evidence).toBeGreaterThanOrEqual(0);
        expect(evidence).toBeLessThanOrEqual(100);
        expect(Number.isSafeInteger(requestsNeeded) && requestsNeeded > 0).toBe(true);
        expect(Number.isFinite(burnRate) && burnRate >= 0).toBe(true);
      }),
    );
  });

  it('never finds less against a candidate that has more bad requests', () => {
    fc.assert(
      fc.property(input, fc.double({ min: 0, max: 1e6, noNaN: true }), (question, more) => {
        const worse = { ...question, current: { ...question.current, bad: question.current.bad + more } };
        // Equal up to rounding: sums of 1e9 requests keep about seven digits after the point.
        expect(evaluate(worse).evidence).toBeGreaterThanOrEqual(evaluate(question).evidence - 1e-3);
        if (evaluate(question).verdict === 'RollBack' && evaluate(question).evidence > 100 - 1e-9)
          expect(evaluate(worse).verdict).not.toBe('Pass');
      }),
    );
  });

  it('rolls back only with all the evidence, and passes only with the requests needed', () => {
    fc.assert(
      fc.property(input, (question) => {
        const { verdict, evidence, requestsNeeded } = evaluate(question);
        const seen = [...question.steps, question.current].reduce((sum, { total }) => sum + total, 0);
        if (verdict === 'RollBack') expect(evidence).toBeGreaterThan(100 - 1e-9);
        if (verdict === 'Pass') expect(seen).toBeGreaterThanOrEqual(requestsNeeded);
      }),
    );
  });

  it('never rolls back a candidate that is exactly as good or bad as stable', () => {
    fc.assert(
      fc.property(input, (question) => {
        const equal = {
          ...question,
          steps: question.steps.map(asGoodAsStable),
          current: asGoodAsStable(question.current),
        };
        fc.pre(equal.current.total > 0);
        expect(evaluate(equal).verdict).not.toBe('RollBack');
        expect(spentPercent({ ...equal, windowSeconds: 86_400 })).toBeLessThan(1e-6);
      }),
    );
  });

  it('never rolls back without a bad request', () => {
    fc.assert(
      fc.property(input, (question) => {
        const clean = (totals: Totals): Totals => ({ ...totals, bad: 0 });
        const good = { ...question, steps: question.steps.map(clean), current: clean(question.current) };
        expect(evaluate(good).verdict).not.toBe('RollBack');
      }),
    );
  });

  it('spends a finite share of the budget, never a negative one', () => {
    fc.assert(
      fc.property(input, (question) => {
        const percent = spentPercent({ ...question, windowSeconds: 2_592_000 });
        expect(Number.isFinite(percent) && percent >= 0).toBe(true);
      }),
    );
  });
});
