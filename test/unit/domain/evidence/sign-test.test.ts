import { describe, expect, it } from 'vitest';
import { logEvidenceHigher } from '../../../../src/domain/evidence/sign-test.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

describe('evidence that the candidate has the worse value', () => {
  it.each([
    { higher: 0, lower: 0, log: 0 },
    { higher: 1, lower: 0, log: Math.log(1.546) },
    { higher: 0, lower: 1, log: Math.log(0.454) },
  ])('of $higher worse and $lower better samples is e^$log', ({ higher, lower, log }) => {
    expect(logEvidenceHigher({ higher, lower })).toBeCloseTo(log, 3);
  });

  it('convinces after nine samples that are all worse, at 99 %', () => {
    expect(logEvidenceHigher({ higher: 9, lower: 0 })).toBeGreaterThan(Math.log(100));
    expect(logEvidenceHigher({ higher: 8, lower: 0 })).toBeLessThan(Math.log(100));
  });

  it('is the less the more samples are better', () => {
    expect(logEvidenceHigher({ higher: 9, lower: 1 })).toBeLessThan(
      logEvidenceHigher({ higher: 9, lower: 0 }),
    );
  });

  it('is wrong about equal sides in at most 1 % of runs, looked at after each of 200 samples', () => {
    const random = seededRandom(3);
    const runs = 2_000;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const signs = { higher: 0, lower: 0 };
      let alarm = false;
      for (let sample = 0; sample < 200 && !alarm; sample += 1) {
        signs[random() < 0.5 ? 'higher' : 'lower'] += 1;
        alarm = logEvidenceHigher(signs) >= Math.log(100);
      }
      if (alarm) alarms += 1;
    }
    expect(alarms / runs).toBeLessThanOrEqual(0.01);
  });
});
