import { describe, expect, it } from 'vitest';
import { ENDINGS, type Ending } from '../../bench/decisions/rules/rule.ts';
import { simulate } from '../../bench/decisions/simulate.ts';
import { WORLDS } from '../../bench/decisions/worlds.ts';

/** `npm run bench -- decisions` has 10,000 in each world, and beside them what other rules make of the same counts. */
const RELEASES = 80;

/** Three standard errors of a share of 1 %. */
const SAMPLING_ERROR = 3 * Math.sqrt((0.01 * 0.99) / RELEASES);

const share = (endings: Iterable<number>, ending: Ending): number =>
  [...endings].filter((one) => ENDINGS[one] === ending).length / RELEASES;

const worldsOf = (pattern: RegExp) => WORLDS.filter(({ name }) => pattern.test(name));

describe(`${RELEASES} simulated releases, judged at every look`, () => {
  it.each(worldsOf(/budget\//))('of a good candidate: at most 1 % are rolled back in $name', (world) => {
    const { ours } = simulate(world, 0, RELEASES);
    expect(share(ours.ending, 'RolledBack')).toBeLessThanOrEqual(0.01 + SAMPLING_ERROR);
  });

  it.each(worldsOf(/^14\.4x\//))('of a bad candidate: at most 1 % are promoted in $name', (world) => {
    const { ours } = simulate(world, 0, RELEASES);
    expect(share(ours.ending, 'Promoted')).toBeLessThanOrEqual(0.01 + SAMPLING_ERROR);
  });

  it.each(
    worldsOf(/^(14\.4|100)x\/.*\/99$/),
  )('with traffic: nearly all are rolled back in $name', (world) => {
    const { ours } = simulate(world, 0, RELEASES);
    expect(share(ours.ending, 'RolledBack')).toBeGreaterThan(0.85);
  });

  it('of an outage of both sides: most go on when it is over, where there is traffic', () => {
    const [world] = worldsOf(/^tenth-of-budget\/outage\/99$/);
    expect(world && share(simulate(world, 0, RELEASES).ours.ending, 'Promoted')).toBeGreaterThan(0.8);
  });
});
