import { expect, it } from 'vitest';
import { within } from '../../../bench/decisions/parts.ts';
import { Random } from '../../../bench/decisions/random.ts';
import { Lane, Look, Release } from '../../../bench/decisions/release.ts';
import { ENDINGS } from '../../../bench/decisions/rules/rule.ts';
import { simulate } from '../../../bench/decisions/simulate.ts';
import { WORLDS, type World } from '../../../bench/decisions/worlds.ts';

function world(name: string): World {
  const found = WORLDS.find((one) => one.name === name);
  if (!found) throw new Error(`no world ${name}`);
  return found;
}

/** Counts of many releases at one look of 25 percent. */
function counted(name: string, index: number) {
  const sum = { bad: 0, total: 0, stableBad: 0, stableTotal: 0, served: 0 };
  const random = new Random();
  const look = new Look();
  for (let at = 0; at < 400; at += 1) {
    const release = new Release(world(name), random.seed(7, at, 0));
    const lane = new Lane();
    release.sample(look, lane, index, 25, random);
    sum.bad += look.bad;
    sum.total += look.total;
    sum.stableBad += look.stableBad;
    sum.stableTotal += look.stableTotal;
    sum.served += lane.served;
  }
  return sum;
}

it.each([
  'calm',
  'bursts',
  'wave',
])('each side has its bad ratio, and the candidate its share: %s', (condition) => {
  const { bad, total, stableBad, stableTotal, served } = counted(`14.4x/${condition}/99`, 3);
  expect(bad / total).toBeCloseTo(0.144, 2);
  expect(stableBad / stableTotal).toBeCloseTo(0.001, 3);
  expect(total / (total + stableTotal)).toBeCloseTo(0.25, 1);
  expect(served).toBe(bad);
});

it('a restarted pod takes counts with it, but what was served was served', () => {
  const seen = Array.from({ length: 20 }, (_, index) => counted('100x/resets/99.9', index));
  const sum = (key: 'bad' | 'served') => seen.reduce((all, one) => all + one[key], 0);
  expect(sum('bad')).toBeLessThan(sum('served'));
  expect(sum('bad')).toBeGreaterThan(0.95 * sum('served'));
});

it('what a missed scrape does not show comes with the next one', () => {
  const release = new Release(world('100x/gaps/99'), new Random().seed(1, 1, 0));
  const [random, lane, look] = [new Random().seed(1, 1, 1), new Lane(), new Look()];
  let shown = 0;
  for (let index = 0; index < 20; index += 1) {
    release.sample(look, lane, index, 50, random);
    shown += look.bad;
    if (!look.scraped) expect(look.total).toBe(0);
  }
  expect(shown + lane.bad).toBe(lane.served);
});

it('a release ends the same in whichever part it is simulated', () => {
  const whole = simulate(world('2x/bursts/99.9'), 0, 12);
  const [first, second] = [simulate(world('2x/bursts/99.9'), 0, 5), simulate(world('2x/bursts/99.9'), 5, 12)];
  expect([...first.ours.ending, ...second.ours.ending]).toEqual([...whole.ours.ending]);
  expect([...first.fisher.bad, ...second.fisher.bad]).toEqual([...whole.fisher.bad]);
});

it('an unmistakable regression is rolled back by every rule but an alert that may see too little of it', () => {
  const endings = simulate(world('100x/calm/99'), 0, 20);
  const rolledBack = ENDINGS.indexOf('RolledBack');
  for (const rule of ['ours', 'flagger', 'argo_rollouts', 'fisher', 'sprt'] as const)
    expect([...endings[rule].ending], rule).toEqual(Array(20).fill(rolledBack));
});

it('clusters come at one moment each within a look, all as likely, and none is lost', () => {
  const random = new Random().seed(1, 2, 3);
  const look = Object.assign(new Look(), { bad: 24, total: 1_024, clusters: 3, stableTotal: 500 });
  const sums = [0, 0, 0, 0];
  for (let run = 0; run < 2_000; run += 1) {
    const parts = within(look, 5, random);
    expect(parts).toHaveLength(4);
    const steps = parts.map(({ bad }, index) => bad - (parts[index - 1]?.bad ?? 0));
    expect(steps.filter((step) => step > 0).length).toBeLessThanOrEqual(3);
    for (const [index, { bad, total, stableBad, stableTotal }] of parts.entries()) {
      sums[index] = (sums[index] ?? 0) + bad / 2_000;
      expect([total - bad, stableBad, stableTotal]).toEqual([200 * (index + 1), 0, 100 * (index + 1)]);
    }
    for (const step of steps) expect(step).toBeGreaterThanOrEqual(0);
    expect(parts[3]?.bad).toBeLessThanOrEqual(24);
  }
  for (const [index, mean] of sums.entries()) expect(mean / 24).toBeCloseTo((index + 1) / 5, 1);
});
