import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Candidate } from '../../src/api/candidate-status.ts';
import { type PlanInput, planSteps } from '../../src/domain/schedule/plan.ts';
import type { ObservedObjective } from '../../src/domain/schedule/thresholds.ts';
import { seconds } from '../../src/domain/time.ts';

const objective: fc.Arbitrary<ObservedObjective> = fc
  .record({
    target: fc.constantFrom(0.9, 0.99, 0.999, 0.9999, 0.99999),
    maxBurnRate: fc.constantFrom(0.5, 1, 10),
    confidence: fc.constantFrom(0.9, 0.99, 0.9999),
    clumping: fc.constantFrom(
      { dispersion: 1, clump: 1 },
      { dispersion: 1, clump: 11 },
      { dispersion: 20, clump: 16 },
    ),
    windowSeconds: fc.constantFrom(86_400, 604_800, 2_592_000),
    seconds: fc.constantFrom(3600, 3570),
    measure: fc.constant('requests' as const),
    rate: fc.oneof(
      fc.constant(1e9),
      fc.double({ min: 1e-4, max: 10, noNaN: true }),
      fc.double({ min: 1e-4, max: 1e5, noNaN: true }),
    ),
    badRatio: fc.constantFrom(0, 0, 0.0001, 0.01, 0.3, 1),
  })
  .map(({ rate, badRatio, ...known }) => {
    const total = rate * known.seconds;
    return { ...known, total, bad: badRatio * total };
  });

const input: fc.Arbitrary<PlanInput> = fc.record({
  objectives: fc.array(objective, { minLength: 1, maxLength: 2 }),
  replicas: fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 400 })), {
    minLength: 1,
    maxLength: 2,
  }),
  intervalSeconds: fc.constantFrom(1, 10, 30, 45, 300),
  maxHoldSeconds: fc.constantFrom(60, 1800, 7200),
  budgetLimit: fc.constantFrom(0.1, 2, 10, 100),
});

const withTraffic = (of: PlanInput, factor: number): PlanInput => ({
  ...of,
  objectives: of.objectives.map((one) => ({ ...one, bad: one.bad * factor, total: one.total * factor })),
});

const always = (rule: (planned: PlanInput) => void): void =>
  fc.assert(fc.property(input, rule), { numRuns: Number(process.env.FC_RUNS ?? 40) });

describe('a computed schedule', () => {
  it('is one that the API takes', () => {
    always((planned) => {
      const plan = planSteps(planned);
      if (plan) expect(Candidate.shape.plan.parse(plan)).toEqual(plan);
    });
  });

  it('rises from step to step, at most fivefold, to 50', () => {
    always((planned) => {
      const weights = planSteps(planned)?.steps.map(({ weight }) => weight) ?? [50];
      expect(weights.at(-1)).toBe(50);
      for (const [index, weight] of weights.slice(1).entries()) {
        const before = weights[index] ?? 0;
        expect(weight).toBeGreaterThan(before);
        // Weights are whole: 1 is followed by 4 where it would be 3.7.
        expect(weight).toBeLessThanOrEqual(5 * before + 0.5);
      }
    });
  });

  it('looks at each step at least twice, and a minute', () => {
    always((planned) => {
      for (const { duration } of planSteps(planned)?.steps ?? []) {
        expect(seconds(duration) % planned.intervalSeconds).toBe(0);
        expect(seconds(duration)).toBeGreaterThanOrEqual(Math.max(60, 2 * planned.intervalSeconds));
      }
    });
  });

  it('takes as long as its steps', () => {
    always((planned) => {
      const plan = planSteps(planned);
      const sum = plan?.steps.reduce((all, { duration }) => all + seconds(duration), 0);
      expect(plan && seconds(plan.expectedDuration)).toBe(sum);
    });
  });

  it('never risks more than a release may spend, where one replica does not', () => {
    always((planned) => {
      const spent = planSteps(planned)?.worstCaseSpend ?? 0;
      // Where nothing is careful enough it begins with one replica, however long that takes.
      const least = planSteps({ ...planned, budgetLimit: 0, maxHoldSeconds: 1e9 })?.worstCaseSpend ?? 0;
      if (least <= planned.budgetLimit) expect(spent).toBeLessThanOrEqual(planned.budgetLimit);
    });
  });

  it('is never longer for more traffic', () => {
    fc.assert(
      fc.property(input, fc.double({ min: 1, max: 1000, noNaN: true }), (planned, factor) => {
        const less = planSteps(planned);
        const more = planSteps(withTraffic(planned, factor));
        if (!less) return;
        expect(more).toBeDefined();
        if (more) expect(seconds(more.expectedDuration)).toBeLessThanOrEqual(seconds(less.expectedDuration));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same for the same traffic', () => {
    always((planned) => {
      expect(planSteps(planned)).toEqual(planSteps(planned));
    });
  });

  it('is none without traffic, and ends for any', () => {
    always((planned) => {
      expect(planSteps(withTraffic(planned, 0))).toBeUndefined();
      expect(() => planSteps(withTraffic(planned, 1e9))).not.toThrow();
    });
  });
});
