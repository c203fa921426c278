import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/domain/decide.ts';
import type { Observation } from '../../src/domain/observation.ts';
import { afterPromotion, anObservation, counted, notCounted, withCanary } from '../support/observations.ts';
import { AVAILABILITY, aRelease, at, inBake, onCanary, type ReleaseChanges } from '../support/releases.ts';
import { type Percents, serviceBudgets, serviceBurn } from '../support/service-burns.ts';
import { totals } from '../support/totals.ts';

interface Place {
  readonly release: (changes: ReleaseChanges) => ReturnType<typeof aRelease>;
  readonly seeing: (changes: Partial<Observation>) => Observation;
}

const PLACES: readonly Place[] = [
  { release: onCanary, seeing: withCanary },
  { release: inBake, seeing: afterPromotion },
  { release: (changes) => aRelease({ ...changes, status: {} }), seeing: anObservation },
];

const COUNTS = [
  counted(totals(0, 5_000, 0, 5_000)),
  counted(totals(2_500, 5_000, 0, 5_000)),
  counted(totals(1_500, 5_000, 1_500, 5_000)),
  notCounted('NoData'),
];

const situations = fc.record({
  place: fc.constantFrom(...PLACES),
  counts: fc.constantFrom(...COUNTS),
  minutes: fc.integer({ min: 0, max: 70 }),
  scope: fc.constantFrom('Door' as const, 'Trial' as const),
  percents: fc.dictionary(
    fc.constantFrom('5m', '30m', '1h', '6h'),
    fc.option(fc.nat(100), { nil: undefined }),
  ),
  budget: fc.option(
    fc.nat(300).map((percent) => percent / 100),
    { nil: undefined },
  ),
});
type Situation = typeof situations extends fc.Arbitrary<infer T> ? T : never;

const spec = (serviceBurn: 'Hold' | 'Rollback' | 'Ignore', more: Record<string, unknown> = {}) => ({
  objectives: [AVAILABILITY],
  analysis: { serviceBurn },
  ...more,
});

/** The decision with an answer about the service, and the one without. */
function decisions(
  { place, counts, minutes, scope, percents, budget }: Situation,
  changes: Record<string, unknown>,
) {
  const [release, now] = [place.release({ spec: changes }), at(`${minutes}m`)];
  const seen = place.seeing({ counts });
  const trial = release.status?.candidate?.startedAt ?? now.toISOString();
  const informed = {
    ...seen,
    serviceBurn: serviceBurn(percents, scope, trial),
    serviceBudgets: serviceBudgets(budget),
  };
  return { informed: decide(release, informed, now), blind: decide(release, seen, now) };
}

const unknownThroughout = (percents: Percents): Percents =>
  Object.fromEntries(Object.keys(percents).map((window) => [window, undefined]));

describe('whatever is observed of a service', () => {
  it.each([
    ['Ignore', spec('Ignore', { analysis: { serviceBurn: 'Ignore', exhaustedBudget: 'Ignore' } })],
    ['fix: true', spec('Rollback', { fix: true })],
  ])('%s decides as if nothing was', (_, changes) => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { informed, blind } = decisions(situation, changes);
        expect(informed).toEqual(blind);
      }),
    );
  });

  it.each(['Hold', 'Rollback'] as const)('what is unknown decides nothing, with %s', (policy) => {
    fc.assert(
      fc.property(situations, (situation) => {
        const percents = unknownThroughout(situation.percents);
        const { informed, blind } = decisions({ ...situation, percents, budget: undefined }, spec(policy));
        expect(informed).toEqual(blind);
      }),
    );
  });

  it('Hold rolls nothing back that would not have been', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { informed, blind } = decisions(situation, spec('Hold'));
        expect(informed.status.failure).toEqual(blind.status.failure);
      }),
    );
  });
});
