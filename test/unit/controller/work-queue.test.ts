import { describe, expect, it } from 'vitest';
import { MAX_TIMER_MS } from '../../../src/controller/clock.ts';
import { WorkQueue } from '../../../src/controller/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordedQueueMetrics } from '../../support/queue-metrics.ts';

function aQueue(random = () => 0.5) {
  const clock = new FakeClock();
  const metrics = new RecordedQueueMetrics();
  return { clock, metrics, queue: new WorkQueue({ clock, metrics, random }) };
}

/** The keys handed out until nothing is due, each done at once. */
function takeAll(queue: WorkQueue, metrics: RecordedQueueMetrics): Promise<(string | undefined)[]> {
  const keys = Array.from({ length: metrics.gauges?.depth() ?? 0 }, async () => {
    const key = await queue.get();
    if (key !== undefined) queue.done(key);
    return key;
  });
  return Promise.all(keys);
}

describe('WorkQueue', () => {
  it('hands out keys in the order they were added, each once', async () => {
    const { queue, metrics } = aQueue();
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key);
    expect(await takeAll(queue, metrics)).toEqual(['b', 'a', 'c']);
    expect(metrics.adds).toBe(3);
  });

  it('hands a key to a worker that waits', async () => {
    const { queue } = aQueue();
    const waiting = queue.get();
    queue.add('a');
    expect(await waiting).toBe('a');
  });

  it('hands out a key that was added during its work once more, after done', async () => {
    const { queue, metrics } = aQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    expect(metrics.gauges?.depth()).toBe(0);
    queue.done('a');
    expect(await takeAll(queue, metrics)).toEqual(['a']);
  });

  it('adds a delayed key when its time comes', async () => {
    const { queue, clock, metrics } = aQueue();
    queue.addAfter('a', 1_000);
    await clock.advance(999);
    expect(metrics.gauges?.depth()).toBe(0);
    await clock.advance(1);
    expect(await takeAll(queue, metrics)).toEqual(['a']);
  });

  it.each([
    { first: 1_000, second: 5_000 },
    { first: 5_000, second: 1_000 },
  ])('keeps the earlier of $first and $second ms', async ({ first, second }) => {
    const { queue, clock, metrics } = aQueue();
    queue.addAfter('a', first);
    queue.addAfter('a', second);
    expect(clock.pendingTimers()).toBe(1);
    await clock.advance(1_000);
    expect(await takeAll(queue, metrics)).toEqual(['a']);
    expect(clock.pendingTimers()).toBe(0);
  });

  it('lets an immediate add absorb a delayed one', () => {
    const { queue, clock } = aQueue();
    queue.addAfter('a', 1_000);
    queue.add('a');
    queue.addAfter('a', 1_000);
    expect(clock.pendingTimers()).toBe(0);
  });

  it('survives a delay that is longer than a timer can be', async () => {
    const { queue, clock, metrics } = aQueue();
    queue.addAfter('a', Number.MAX_SAFE_INTEGER);
    await clock.advance(MAX_TIMER_MS - 1);
    expect(metrics.gauges?.depth()).toBe(0);
  });

  it('doubles the delay of a key that keeps failing until it is forgotten', async () => {
    const { queue, clock, metrics } = aQueue();
    for (const delay of [500, 1_000, 2_000]) {
      queue.retry('a');
      await clock.advance(delay - 1);
      expect(metrics.gauges?.depth()).toBe(0);
      await clock.advance(1);
      expect(await takeAll(queue, metrics)).toEqual(['a']);
    }
    queue.forget('a');
    queue.retry('a');
    await clock.advance(500);
    expect(await takeAll(queue, metrics)).toEqual(['a']);
    expect(metrics.retries).toBe(4);
  });

  it('slows the retries of all keys together down to ten a second', async () => {
    const { queue, clock, metrics } = aQueue(() => 0);
    for (let n = 0; n < 120; n += 1) queue.retry(`key-${n}`);
    expect(metrics.gauges?.depth()).toBe(100);
    await clock.advance(1_000);
    expect(metrics.gauges?.depth()).toBe(110);
    await clock.advance(1_000);
    expect(metrics.gauges?.depth()).toBe(120);
  });

  it('hands out nothing after it is shut down and is drained when the last work is done', async () => {
    const { queue, clock } = aQueue();
    for (const key of ['a', 'b']) queue.add(key);
    queue.addAfter('c', 1_000);
    await queue.get();
    let drained = false;
    queue.drained().then(() => {
      drained = true;
    });
    queue.shutDown();
    queue.add('d');
    await clock.advance(2_000);
    expect(await queue.get()).toBeUndefined();
    expect(drained).toBe(false);
    queue.done('a');
    await queue.drained();
    expect(clock.pendingTimers()).toBe(0);
  });

  it('lets go of workers that wait when it is shut down', async () => {
    const { queue } = aQueue();
    const waiting = [queue.get(), queue.get()];
    queue.shutDown();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    await queue.drained();
  });

  it('reports waiting, work and the longest running key', async () => {
    const { queue, clock, metrics } = aQueue();
    queue.add('a');
    await clock.advance(2_000);
    await queue.get();
    await clock.advance(3_000);
    expect(metrics.gauges?.longestRunningSeconds()).toBe(3);
    queue.done('a');
    expect(metrics.latencies).toEqual([2]);
    expect(metrics.works).toEqual([3]);
    expect(metrics.gauges?.longestRunningSeconds()).toBe(0);
  });

  it('ignores done for a key that nobody works on', async () => {
    const { queue, metrics } = aQueue();
    queue.done('a');
    expect(metrics.works).toEqual([]);
  });
});
