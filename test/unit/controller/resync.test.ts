import { describe, expect, it } from 'vitest';
import { Resync } from '../../../src/controller/resync.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

function aResync(keys: readonly string[]) {
  const clock = new FakeClock();
  const added: [string, number][] = [];
  const stop = new AbortController();
  const randoms = [0, 0.25, 0.75];
  const resync = new Resync({
    queue: { addAfter: (key, ms) => added.push([key, ms]) },
    keys: () => keys,
    periodMs: 1_000,
    clock,
    random: () => randoms.shift() ?? 0.5,
  });
  const running = resync.run({ stopping: stop.signal, aborting: stop.signal });
  return { clock, added, running, stop };
}

describe('Resync', () => {
  it('makes every key due once a period, spread over it', async () => {
    const { clock, added } = aResync(['a', 'b', 'c']);
    await clock.advance(999);
    expect(added).toEqual([]);
    await clock.advance(1);
    expect(added).toEqual([
      ['a', 0],
      ['b', 250],
      ['c', 750],
    ]);
    await clock.advance(1_000);
    expect(added).toHaveLength(6);
  });

  it('ends promptly when asked to, and leaves no timer behind', async () => {
    const { clock, running, stop } = aResync(['a']);
    await settle();
    stop.abort();
    await running;
    expect(clock.pendingTimers()).toBe(0);
  });
});
