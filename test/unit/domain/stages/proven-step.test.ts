import { describe, expect, it } from 'vitest';
import type { Totals } from '../../../../src/api/artifact-release-status.ts';
import { decided, noticesOf } from '../../../support/decisions.ts';
import {
  aCanary,
  aTarget,
  counted,
  notCounted,
  rolling,
  unanswered,
  verifiedAs,
  withCanary,
} from '../../../support/observations.ts';
import { AVAILABILITY, at, CANDIDATE, iso, onCanary } from '../../../support/releases.ts';
import { totals } from '../../../support/totals.ts';

const GOOD = totals(0, 600, 0, 5_400, 120);
const step = (first: object = { weight: 10, duration: '10m' }, canary: object = {}) =>
  onCanary({
    spec: {
      objectives: [AVAILABILITY],
      canary: { advance: 'WhenProven', steps: [first, { weight: 50, duration: '10m' }], ...canary },
    },
  });
const seeing = (value: Totals) => withCanary({ counts: counted(value) });
const stepAfter = (...told: Parameters<typeof decided>) => decided(...told).status.candidate?.step;

describe('a step that is to end once it is proven', () => {
  it('ends before its time, and says why', () => {
    const decision = decided(step(), seeing(GOOD), '2m');
    expect(decision.status.candidate?.step).toBe(1);
    expect(noticesOf(decision)).toEqual(['StepCompleted']);
    expect(decision.notices[0]?.message).toContain(
      'Step 1/2 at 10% of bbbbbbbb passed: proven after 2m00s of 10m: availability 99%: 600 requests, 0 bad',
    );
  });

  it('says when it may end, and looks again at the next evaluation', () => {
    const { status, wakeAt } = decided(step(), seeing(totals(0, 400, 0, 3_600)), '1m20s');
    expect(status.message).toContain(
      'step ends at the earliest 12:10:00Z, or once it is proven, from 12:01:00Z on',
    );
    expect(wakeAt).toEqual(at('1m30s'));
  });

  it('lasts as long as its shortest time, and a minute where none is given', () => {
    expect(stepAfter(step(), seeing(GOOD), '59s')).toBe(0);
    expect(stepAfter(step(), seeing(GOOD), '1m')).toBe(1);
    const longer = step({ weight: 10, duration: '10m', minDuration: '4m' });
    expect(stepAfter(longer, seeing(GOOD), '3m59s')).toBe(0);
    expect(stepAfter(longer, seeing(GOOD), '4m')).toBe(1);
  });

  it.each([
    ['passes, but not for certain', step(), seeing(totals(0, 400, 0, 3_600))],
    ['was not measured yet', step(), withCanary()],
    ['has no data', step(), withCanary({ counts: notCounted() })],
    ['lasts as long as it says', step(undefined, { advance: 'OnSchedule' }), seeing(GOOD)],
    ['waits for a person', step({ weight: 10, duration: '10m', approval: true }), seeing(GOOD)],
    [
      'has lost its pods',
      step(),
      withCanary({ counts: counted(GOOD), targets: [aTarget({ canary: rolling(aCanary()) })] }),
    ],
    [
      'has lost its proof',
      step(),
      withCanary({ counts: counted(GOOD), verification: verifiedAs(unanswered, CANDIDATE) }),
    ],
  ])('goes on where it %s', (_, release, seen) => {
    expect(stepAfter(release, seen, '5m')).toBe(0);
  });

  it('goes on where nothing is measured at all', () => {
    const release = onCanary({ spec: { canary: { advance: 'WhenProven' } } });
    expect(stepAfter(release, withCanary(), '4m59s')).toBe(0);
  });

  it('is not proven by the steps before it', () => {
    const second = onCanary({
      spec: step().spec,
      status: {
        candidate: { ...step().status?.candidate, step: 1, weight: 50, stepStartedAt: iso() } as never,
        analysis: [
          {
            objective: 'availability',
            evaluatedAt: iso(),
            current: totals(0, 0),
            steps: [totals(0, 90_000)],
            evidence: 0,
            verdict: 'Pass',
            reason: 'WithinBudget',
          },
        ],
      },
    });
    expect(decided(second, seeing(totals(0, 10)), '5m').status).toMatchObject({
      phase: 'Progressing',
      candidate: { step: 1 },
      analysis: [{ verdict: 'Pass' }],
    });
    expect(decided(second, seeing(GOOD), '5m').status.phase).toBe('Promoting');
  });
});
