import { describe, expect, it } from 'vitest';
import { logFactorial, Random } from '../../../bench/decisions/random.ts';

const SAMPLES = 40_000;

/** Mean and variance of many samples. */
function moments(sample: (random: Random) => number) {
  const random = new Random().seed(1, 2, 3);
  const values = Float64Array.from({ length: SAMPLES }, () => sample(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / SAMPLES;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SAMPLES;
  return { mean, variance };
}

/** Within 5 standard errors of the mean, and 6 % of the variance, which is as much where tails are short. */
function expectMoments(found: { mean: number; variance: number }, mean: number, variance: number): void {
  expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / SAMPLES));
  expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.06);
}

describe('samples have the mean and the variance of their distribution', () => {
  it('uniform', () =>
    expectMoments(
      moments((random) => random.uniform()),
      1 / 2,
      1 / 12,
    ));

  it.each([0.5, 3, 9.99, 10, 42, 28_500])('Poisson of mean %d', (mean) => {
    expectMoments(
      moments((random) => random.poisson(mean)),
      mean,
      mean,
    );
  });

  // A sum of c geometric sizes of mean m has the mean c·m and the variance c·m·(m−1).
  it.each([1, 15, 16, 2000])('members of %d clusters of 8', (clusters) => {
    expectMoments(
      moments((random) => random.members(clusters, 8)),
      8 * clusters,
      56 * clusters,
    );
  });
});

it.each([0.7, 12])('Poisson of mean %d takes each value as often as it should', (mean) => {
  const random = new Random().seed(4, 5, 6);
  const seen = new Map<number, number>();
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const events = random.poisson(mean);
    seen.set(events, (seen.get(events) ?? 0) + 1);
  }
  for (let events = 0; events < 3 * mean; events += 1) {
    const chance = Math.exp(events * Math.log(mean) - mean - logFactorial(events));
    const error = Math.sqrt((chance * (1 - chance)) / SAMPLES);
    expect(Math.abs((seen.get(events) ?? 0) / SAMPLES - chance)).toBeLessThan(5 * error + 1e-4);
  }
});

it('nothing comes of a mean of 0, and where clusters are single requests they are as many', () => {
  const random = new Random().seed(1, 1, 1);
  expect(random.poisson(0)).toBe(0);
  expect(random.members(7, 1)).toBe(7);
  expect(random.members(0, 8)).toBe(0);
});

it('a stream is the same whenever it is started, and not that of its neighbour', () => {
  const draw = (random: Random) => Array.from({ length: 5 }, () => random.uniform());
  const random = new Random().seed(1, 2, 3);
  const first = draw(random);
  expect(draw(random.seed(1, 2, 3))).toEqual(first);
  expect(draw(random.seed(1, 3, 3))).not.toEqual(first);
  expect(draw(random.seed(1, 2, 4))).not.toEqual(first);
});

it('ln n! joins its table and its series without a step', () => {
  for (const n of [1, 19, 20, 170]) {
    let exact = 0;
    for (let factor = 2; factor <= n; factor += 1) exact += Math.log(factor);
    expect(logFactorial(n)).toBeCloseTo(exact, 8);
  }
});
