import { evaluate } from '../../src/domain/evaluate.ts';
import { quantile } from '../statistics.ts';

const WARM_UP = 20_000;
const ROUNDS = 1000;
const CALLS_OF_A_ROUND = 20;

/** Median microseconds of one verdict on three finished steps and a current one of a million requests. */
export function evaluateCost(): number {
  const step = { bad: 24, total: 30_000, stableBad: 190, stableTotal: 200_000, seconds: 600 };
  const current = { bad: 950, total: 1e6, stableBad: 900, stableTotal: 1e6, seconds: 600 };
  const call = () =>
    evaluate({
      target: 0.999,
      maxBurnRate: 1,
      confidence: 0.99,
      steps: [step, step, step],
      current,
      comparison: 'concurrent',
      clumping: { dispersion: 1, clump: 1 },
      measure: 'requests',
    });
  for (let round = 0; round < WARM_UP; round += 1) call();
  const costs = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    for (let one = 0; one < CALLS_OF_A_ROUND; one += 1) call();
    return ((performance.now() - startedAt) * 1000) / CALLS_OF_A_ROUND;
  });
  return quantile(costs, 0.5);
}
