import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../bench/decisions/random.ts';
import { Look, Release } from '../../../bench/decisions/release.ts';
import { type RuleName, rulesFor } from '../../../bench/decisions/rules/all.ts';
import { mostLogEvidenceAbove } from '../../../bench/decisions/rules/ours.ts';
import type { Decision } from '../../../bench/decisions/rules/rule.ts';
import { WORLDS, type World } from '../../../bench/decisions/worlds.ts';
import { logEvidenceAbove } from '../../../src/domain/evidence/budget-test.ts';

const at = (name: string): World => {
  const world = WORLDS.find((one) => one.name === name);
  if (!world) throw new Error(`no world ${name}`);
  return world;
};

/** What a rule says after each of these looks of a step of 20, in the calm world with a target of 99.9 %. */
function decisions(
  name: RuleName,
  looks: readonly Partial<Look>[],
  world = at('14.4x/calm/99.9'),
): Decision[] {
  const rule = rulesFor(world)[name];
  rule.begin(new Release(world, new Random().seed(1, 2, 3)));
  return looks.map((look, index) =>
    rule.look(Object.assign(new Look(), { index, due: index >= 19, last: true }, look)),
  );
}

const good = { total: 1000, stableTotal: 1000 };
const failing = { bad: 100, clusters: 100, total: 1000, stableTotal: 1000 };
const times = <T>(count: number, look: T): T[] => Array(count).fill(look);

describe('Flagger', () => {
  it('rolls back at the look after the fifth failed check, however many were good between them', () => {
    const looks = [failing, good, failing, failing, good, failing, failing, good];
    expect(decisions('flagger', looks)).toEqual([...times(7, 'Going'), 'RolledBack']);
  });

  it('takes a window without requests for a failed check', () => {
    expect(decisions('flagger', times(6, {})).at(-1)).toBe('RolledBack');
  });

  it('takes no data for failed checks, once the window of a minute is empty', () => {
    const looks = times(7, good).map((_, index) => ({ scraped: false, blind: index + 1 }));
    expect(decisions('flagger', looks)).toEqual([...times(6, 'Going'), 'RolledBack']);
  });
});

describe('Argo Rollouts', () => {
  it('aborts at the fourth failed measurement', () => {
    expect(decisions('argo_rollouts', times(4, failing))).toEqual([...times(3, 'Going'), 'RolledBack']);
  });

  it('aborts at the fifth error in a row, which is the second look without data', () => {
    const looks = [1, 2, 3].map((blind) => ({ scraped: false, blind }));
    expect(decisions('argo_rollouts', looks)).toEqual(['Going', 'Going', 'RolledBack']);
  });
});

describe('the burn-rate alert', () => {
  it('needs the whole service to burn for an hour: a canary alone rarely does it', () => {
    const diluted = { bad: 50, total: 50, stableTotal: 5000 };
    expect(decisions('burn_rate_alert', times(60, diluted))).toEqual(times(60, 'Going'));
    const undiluted = { bad: 1e6, total: 1e6 };
    expect(decisions('burn_rate_alert', [undiluted])).toEqual(['RolledBack']);
  });
});

describe("Wald's test", () => {
  it('rolls back what burns, promotes what does not, and does not count while a dependency fails', () => {
    expect(decisions('sprt', [failing])).toEqual(['RolledBack']);
    expect(decisions('sprt', [good])).toEqual(['Promoted']);
    expect(decisions('sprt', [{ ...failing, outage: true }])).toEqual(['Going']);
  });
});

describe('ours', () => {
  it('lets a step pass when it is due, and not before', () => {
    expect(decisions('ours', times(20, good))).toEqual([...times(19, 'Going'), 'Promoted']);
  });

  it('holds a step that does not pass, for half an hour at most', () => {
    const ends = decisions('ours', times(80, {}));
    expect(ends.slice(18)).toEqual(['Going', ...times(60, 'Holding'), 'Undecided']);
  });

  it('decides nothing while there is no data', () => {
    const ends = decisions('ours', [...times(19, good), { blind: 1 }, { ...good, blind: 0 }]);
    expect(ends.slice(19)).toEqual(['Holding', 'Promoted']);
  });

  it('rolls back at once', () => {
    expect(decisions('ours', [failing])).toEqual(['RolledBack']);
  });

  it('looks again before the next look once one was suspicious, which spares the requests in between', () => {
    const some = { ...good, bad: 2, clusters: 2 };
    const spared = [good, some].map((first) => {
      const { ours } = rulesFor(at('14.4x/calm/99.9'));
      ours.begin(new Release(at('14.4x/calm/99.9'), new Random().seed(1, 2, 3)));
      const ends = [first, failing].map((look) => ours.look(Object.assign(new Look(), look)));
      expect(ends).toEqual(['Going', 'RolledBack']);
      return ours.spared;
    });
    expect(spared[0]).toBe(0);
    expect(spared[1]).toBeGreaterThan(60);
  });

  it('skips no verdict that could be a roll-back', () => {
    const count = fc
      .record({ total: fc.integer({ min: 0, max: 1e7 }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ total, share }) => ({ total, bad: Math.floor(total * share ** 4) }));
    const ratio = fc.constantFrom(0.01, 0.001, 0.0001);
    fc.assert(
      fc.property(count, ratio, (counted, p0) => {
        const most = mostLogEvidenceAbove(counted, p0);
        const evidence = logEvidenceAbove(counted, p0);
        expect(evidence).toBeLessThanOrEqual(most + 1e-6 + 1e-9 * most);
      }),
    );
  });
});
