import { describe, expect, it } from 'vitest';
import { brief, decided, phaseOf } from '../../../support/decisions.ts';
import { afterPromotion, counted, notCounted } from '../../../support/observations.ts';
import {
  AVAILABILITY,
  at,
  CANDIDATE,
  imageOf,
  inBake,
  iso,
  NEXT,
  ofNext,
  STABLE,
} from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const measured = { objectives: [AVAILABILITY] };
const good = counted(totals(0, 100_000, 0, 100_000));
const bad = counted(totals(50_000, 100_000, 100, 100_000));

describe('the bake', () => {
  it('goes on until its time is over', () => {
    const decision = decided(inBake(), afterPromotion(), '59m');
    expect(brief(decision)).toEqual(['Baking', 'Baking']);
    expect(decision.wakeAt).toEqual(at('1h'));
  });

  it('makes the candidate stable', () => {
    const decision = decided(inBake({ spec: measured }), afterPromotion({ counts: good }), '1h');
    expect(brief(decision)).toEqual(['Healthy', 'Healthy']);
    expect(decision.status).toMatchObject({
      stable: { digest: CANDIDATE, promotedAt: iso('1h') },
      history: [{ digest: CANDIDATE, verdict: 'Promoted' }, { digest: STABLE }],
    });
    expect(decision.status.candidate).toBeUndefined();
    expect(decision.wakeAt).toBeUndefined();
  });

  it('holds at its end when counts are unknown', () => {
    const decision = decided(inBake({ spec: measured }), afterPromotion({ counts: notCounted() }), '1h');
    expect(brief(decision)).toEqual(['Holding', 'NoData']);
  });

  it('rolls the workload back to stable on evidence', () => {
    const decision = decided(inBake({ spec: measured }), afterPromotion({ counts: bad }), '10m');
    expect(phaseOf(decision)).toBe('RollingBack');
    expect(decision.effects).toMatchObject([{ kind: 'PinWorkload', images: [{ image: imageOf(STABLE) }] }]);
  });

  it('is cut short by a new digest, for which the candidate is stable', () => {
    const decision = decided(inBake({ spec: ofNext }), afterPromotion(), '10m');
    expect(decision.status).toMatchObject({
      stable: { digest: CANDIDATE },
      candidate: { digest: NEXT, step: 0 },
    });
  });
});
