import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../src/controller/token-bucket.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('TokenBucket', () => {
  it('gives its burst at once and then one token a period', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ burst: 2, refillMs: 100 }, clock);
    expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false]);
    await clock.advance(100);
    expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false]);
  });

  it('lends tokens and says how long each has to be waited for', () => {
    const bucket = new TokenBucket({ burst: 1, refillMs: 100 }, new FakeClock());
    expect([bucket.reserve(), bucket.reserve(), bucket.reserve()]).toEqual([0, 100, 200]);
  });

  it('does not grow beyond its burst', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ burst: 1, refillMs: 100 }, clock);
    await clock.advance(10_000);
    expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false]);
  });
});
