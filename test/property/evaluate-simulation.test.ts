import { describe, expect, it } from 'vitest';
import type { Totals } from '../../src/api/artifact-release-status.ts';
import { evaluate } from '../../src/domain/evaluate.ts';
import { binomial, seededRandom } from '../support/seeded-random.ts';

/** Bad ratios of a world: what each side answers at step and interval. */
interface World {
  readonly candidate: (interval: number) => number;
  readonly stable: (interval: number) => number;
}

interface Ending {
  readonly verdict: 'RolledBack' | 'Passed' | 'Undecided';
  readonly badRequests: number;
}

const TARGET = 0.999;
const BUDGET = 1 - TARGET;
const WEIGHTS = [5, 25, 50];
const INTERVALS_PER_STEP = 20;
const INTERVAL_SECONDS = 30;
const REQUESTS_PER_SECOND = 50;
const RUNS = 300;

/** Three steps of ten minutes, judged every 30 s as the operator does it: at every look, on what was counted so far. */
function release(world: World, random: () => number): Ending {
  const steps: Totals[] = [];
  let badRequests = 0;
  let verdict: Ending['verdict'] = 'Undecided';
  for (const [step, weight] of WEIGHTS.entries()) {
    const current = { bad: 0, total: 0, stableBad: 0, stableTotal: 0, seconds: 0 };
    for (let look = 0; look < INTERVALS_PER_STEP; look += 1) {
      const interval = step * INTERVALS_PER_STEP + look;
      const requests = REQUESTS_PER_SECOND * INTERVAL_SECONDS;
      const toCandidate = binomial(requests, weight / 100, random);
      const bad = binomial(toCandidate, world.candidate(interval), random);
      current.bad += bad;
      current.total += toCandidate;
      current.stableBad += binomial(requests - toCandidate, world.stable(interval), random);
      current.stableTotal += requests - toCandidate;
      current.seconds += INTERVAL_SECONDS;
      badRequests += bad;
      const policy = {
        target: TARGET,
        maxBurnRate: 1,
        confidence: 0.99,
        clumping: { dispersion: 1, clump: 1 },
        measure: 'requests',
      } as const;
      const assessment = evaluate({ ...policy, steps, current, comparison: 'concurrent' });
      if (assessment.verdict === 'RollBack') return { verdict: 'RolledBack', badRequests };
      verdict = assessment.verdict === 'Pass' ? 'Passed' : 'Undecided';
    }
    steps.push(current);
  }
  return { verdict, badRequests };
}

function simulate(
  seed: number,
  world: World,
): { share: (verdict: Ending['verdict']) => number; medianBad: number } {
  const random = seededRandom(seed);
  const endings = Array.from({ length: RUNS }, () => release(world, random));
  const bad = endings.map((ending) => ending.badRequests).sort((a, b) => a - b);
  return {
    share: (verdict) => endings.filter((ending) => ending.verdict === verdict).length / RUNS,
    medianBad: bad[RUNS / 2] ?? Number.NaN,
  };
}

const always = (ratio: number) => () => ratio;
const outage = (from: number, to: number, ratio: number) => (interval: number) =>
  interval >= from && interval < to ? ratio : BUDGET / 2;

/** Three standard errors of a share of 1 % among RUNS. */
const SAMPLING_ERROR = 3 * Math.sqrt((0.01 * 0.99) / RUNS);

describe('300 simulated releases, judged 60 times each', () => {
  it.each([
    { world: 'both exactly at budget', candidate: BUDGET, stable: BUDGET },
    { world: 'the candidate at budget beside a perfect stable', candidate: BUDGET, stable: 0 },
    { world: 'both burning twice the budget', candidate: 2 * BUDGET, stable: 2 * BUDGET },
    { world: 'both at half of the budget', candidate: BUDGET / 2, stable: BUDGET / 2 },
  ])('a good release is rolled back in at most 1 %: $world', ({ candidate, stable }) => {
    const result = simulate(1, { candidate: always(candidate), stable: always(stable) });
    expect(result.share('RolledBack')).toBeLessThanOrEqual(0.01 + SAMPLING_ERROR);
  });

  it('a release at half of the budget passes', () => {
    const result = simulate(2, { candidate: always(BUDGET / 2), stable: always(BUDGET / 2) });
    expect(result.share('Passed')).toBeGreaterThan(0.95);
  });

  // At 100 times the budget the first look already sees 7 to 8 bad requests: the interval decides, not the test.
  it.each([
    { burn: 100, atMost: 12, stopped: 1 },
    { burn: 14.4, atMost: 8, stopped: 1 },
    { burn: 2, atMost: 50, stopped: 0.5 },
  ])('a burn of $burn is stopped after a median of at most $atMost bad requests', (expected) => {
    const result = simulate(3, { candidate: always(expected.burn * BUDGET), stable: always(BUDGET / 2) });
    expect(result.share('RolledBack')).toBeGreaterThanOrEqual(expected.stopped);
    expect(result.share('Passed')).toBe(0);
    expect(result.medianBad).toBeLessThanOrEqual(expected.atMost);
  });

  it.each([
    { outage: 'half of all requests for two minutes', ratio: outage(12, 16, 0.5) },
    { outage: 'all requests for a minute, across two steps', ratio: outage(19, 21, 1) },
    { outage: 'one request in ten for ten minutes', ratio: outage(20, 40, 0.1) },
  ])('a dependency that fails $outage on both sides rolls nothing back', ({ ratio }) => {
    expect(simulate(4, { candidate: ratio, stable: ratio }).share('RolledBack')).toBe(0);
  });
});
