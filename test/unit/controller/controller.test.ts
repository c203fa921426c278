import { describe, expect, it } from 'vitest';
import { Controller, type PassFailure, type Reconcile } from '../../../src/controller/controller.ts';
import { ConflictError, TerminalError } from '../../../src/controller/errors.ts';
import { WorkQueue } from '../../../src/controller/work-queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { RecordedQueueMetrics } from '../../support/queue-metrics.ts';

function aController(reconcile: Reconcile, workers = 1) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, metrics: new RecordedQueueMetrics(), random: () => 0.5 });
  const outcomes: string[] = [];
  const failures: PassFailure[] = [];
  const stopping = new AbortController();
  const aborting = new AbortController();
  const controller = new Controller({
    name: 'things',
    queue,
    reconcile,
    workers,
    clock,
    random: () => 0.5,
    passTimeoutMs: 1_000,
    metrics: { observePass: (outcome) => outcomes.push(outcome) },
    onFailure: (failure) => failures.push(failure),
  });
  const running = controller.run({ stopping: stopping.signal, aborting: aborting.signal });
  return { clock, queue, outcomes, failures, stopping, aborting, running };
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** Fails with each error in turn, then succeeds. */
const failing = (...errors: Error[]): Reconcile => {
  return async () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return {};
  };
};

describe('Controller', () => {
  it('waits for a change after a pass that asks for nothing', async () => {
    const { clock, queue, outcomes } = aController(async () => ({}));
    queue.add('a');
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['success']);
  });

  it('comes back when a pass asks for it', async () => {
    const { clock, queue, outcomes } = aController(async () => ({ requeueAfterMs: 30_000 }));
    queue.add('a');
    await clock.advance(60_000);
    expect(outcomes).toEqual(['requeue_after', 'requeue_after', 'requeue_after']);
  });

  it('retries a failure with growing delays and reports it', async () => {
    const { clock, queue, outcomes, failures } = aController(
      failing(new Error('first'), new Error('second')),
    );
    queue.add('a');
    await clock.advance(499);
    expect(outcomes).toEqual(['error']);
    await clock.advance(1);
    expect(outcomes).toEqual(['error', 'error']);
    await clock.advance(1_000);
    expect(outcomes).toEqual(['error', 'error', 'success']);
    expect(failures.map(({ key, outcome }) => `${outcome} ${key}`)).toEqual(['error a', 'error a']);
  });

  it('retries what a pass could not do as a failure, at the latest when the pass asks for it', async () => {
    const failure = new Error('refused');
    const { clock, queue, outcomes, failures } = aController(async () => ({
      failure,
      requeueAfterMs: 2_000,
    }));
    queue.add('a');
    await clock.advance(0);
    expect([outcomes, failures]).toEqual([['error'], [{ key: 'a', outcome: 'error', error: failure }]]);
    // After 0.5 s, 1 s and 2 s, and then every 2 s in place of 4, 8 and 16.
    await clock.advance(9_500);
    expect(outcomes).toHaveLength(7);
  });

  it('does not retry a terminal error, but reports it', async () => {
    const { clock, queue, outcomes, failures } = aController(failing(new TerminalError('spec is wrong')));
    queue.add('a');
    await clock.advance(3_600_000);
    expect(outcomes).toEqual(['terminal']);
    expect(failures).toHaveLength(1);
  });

  it('retries a conflict soon and says nothing', async () => {
    const { clock, queue, outcomes, failures } = aController(failing(new ConflictError('stale')));
    queue.add('a');
    await clock.advance(100);
    expect(outcomes).toEqual(['conflict', 'success']);
    expect(failures).toEqual([]);
  });

  it('slows down when conflicts do not end', async () => {
    const { clock, queue, outcomes } = aController(async () => {
      throw new ConflictError('stale');
    });
    queue.add('a');
    await clock.advance(60_000);
    expect(outcomes.length).toBeLessThan(20);
  });

  it('aborts a pass at its time limit and retries it', async () => {
    const { clock, queue, outcomes } = aController((_, signal) => untilAborted(signal));
    queue.add('a');
    await clock.advance(1_000);
    expect(outcomes).toEqual(['error']);
  });

  it('works on as many keys at the same time as it has workers, never twice on one', async () => {
    const running: string[] = [];
    let most = 0;
    const { clock, queue } = aController(async (key) => {
      expect(running).not.toContain(key);
      running.push(key);
      most = Math.max(most, running.length);
      await clock.sleep(10, new AbortController().signal);
      running.splice(running.indexOf(key), 1);
      return {};
    }, 2);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(5);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await clock.advance(100);
    expect(most).toBe(2);
    expect(running).toEqual([]);
  });

  it('lets a pass end when it is stopping and begins no other', async () => {
    const { clock, queue, outcomes, stopping, running } = aController(async () => {
      await clock.sleep(100, new AbortController().signal);
      return {};
    });
    queue.add('a');
    queue.add('b');
    await clock.advance(0);
    stopping.abort();
    await clock.advance(100);
    await running;
    expect(outcomes).toEqual(['success']);
  });

  it('cuts passes short when it is aborting, which is not their failure', async () => {
    const { clock, queue, outcomes, failures, stopping, aborting, running } = aController((_, signal) =>
      untilAborted(signal),
    );
    queue.add('a');
    await clock.advance(0);
    stopping.abort();
    aborting.abort();
    await running;
    expect(outcomes).toEqual([]);
    expect(failures).toEqual([]);
  });
});
