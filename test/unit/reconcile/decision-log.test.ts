import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/decide.ts';
import { DecisionLog } from '../../../src/reconcile/decision-log.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { counted, notCounted, withCanary } from '../../support/observations.ts';
import { AVAILABILITY, at, CANDIDATE, iso, onCanary, UID } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const release = onCanary({ spec: { objectives: [AVAILABILITY] } });
const evaluated = (bad: number, when = '1m', of = release) =>
  decide(of, withCanary({ counts: counted(totals(bad, 10_000, 7, 90_000.125)) }), at(when)).evaluations;

/** The lines as they stand in the log. */
function logging() {
  const lines: unknown[] = [];
  const write = (line: string): number => lines.push(JSON.parse(line));
  return { lines, log: new DecisionLog(createLogger('info', { write })) };
}

describe('the decision log', () => {
  it('holds all that a decision was made from, to the last bit', () => {
    const { lines, log } = logging();
    const [evaluation] = evaluated(123.457);

    log.evaluated(release.metadata, evaluated(123.457));

    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        msg: 'evaluated',
        schema: 1,
        release: 'shop/checkout',
        uid: UID,
        ...evaluation,
      },
    ]);
    expect(evaluation).toMatchObject({
      evaluatedAt: iso('1m'),
      digest: CANDIDATE,
      attempt: 1,
      stage: 0,
      ends: { passed: iso('5m') },
      weight: 10,
      objective: 'availability',
      input: {
        target: 0.99,
        maxBurnRate: 1,
        confidence: 0.99,
        steps: [],
        current: totals(123.457, 10_000, 7, 90_000.125),
        comparison: 'concurrent',
        clumping: { dispersion: 1 },
        measure: 'requests',
      },
      assessment: { verdict: 'Hold', burnRate: 123.457 / 10_000 / (1 - 0.99) },
      budget: { windowSeconds: 30 * 24 * 3600, limit: 2 },
    });
  });

  it('says nothing twice, until there is something new', () => {
    const { lines, log } = logging();
    const stricter = onCanary({
      spec: { objectives: [AVAILABILITY], analysis: { confidence: '0.999' } },
    });
    for (const evaluations of [
      evaluated(1),
      evaluated(1, '2m'),
      evaluated(2, '3m'),
      evaluated(2, '4m', stricter),
    ])
      log.evaluated(release.metadata, evaluations);
    expect(lines).toMatchObject(['1m', '3m', '4m'].map((when) => ({ evaluatedAt: iso(when) })));
  });

  it('says nothing of counts that are not known', () => {
    const { evaluations } = decide(release, withCanary({ counts: notCounted() }), at('1m'));
    expect(evaluations).toEqual([]);
  });

  it('records a pass that decides something, and no other', () => {
    const { lines, log } = logging();
    const seen = withCanary({ counts: counted(totals(1, 10_000, 7, 90_000)) });
    const pass = (of: typeof release, when: string) => {
      const input = { release: of, seen, now: at(when) };
      const decision = decide(of, seen, at(when));
      log.deciding(input, decision);
      return { ...of, status: decision.status };
    };

    pass(pass(release, '1m'), '2m');

    expect(lines).toMatchObject([
      {
        ...{ level: 'info', msg: 'recorded', schema: 1, release: 'shop/checkout', decidedAt: iso('1m') },
        input: { metadata: release.metadata, status: release.status },
        outcome: { changed: { analysis: [{ objective: 'availability' }] }, effects: [], notices: [] },
      },
    ]);
  });

  it('forgets a release that is gone', () => {
    const { lines, log } = logging();
    log.evaluated(release.metadata, evaluated(1));
    log.forget(UID);
    log.evaluated(release.metadata, evaluated(1));
    expect(lines).toHaveLength(2);
  });
});
