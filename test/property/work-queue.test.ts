import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WorkQueue } from '../../src/controller/work-queue.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { RecordedQueueMetrics } from '../support/queue-metrics.ts';

/** What a work queue is, with nothing in it but the rules. */
class QueueModel {
  now = 0;
  readonly due: string[] = [];
  readonly planned = new Map<string, number>();
  readonly working = new Set<string>();
  readonly again = new Set<string>();

  add(key: string): void {
    this.planned.delete(key);
    if (this.working.has(key)) this.again.add(key);
    else if (!this.due.includes(key)) this.due.push(key);
  }

  addAfter(key: string, ms: number): void {
    if (ms === 0) this.add(key);
    else if (!this.due.includes(key) && !this.again.has(key)) this.plan(key, this.now + ms);
  }

  /** Timers that fall due together fire in the order they were set. */
  plan(key: string, at: number): void {
    if ((this.planned.get(key) ?? Number.POSITIVE_INFINITY) <= at) return;
    this.planned.delete(key);
    this.planned.set(key, at);
  }

  pass(ms: number): void {
    const until = this.now + ms;
    const ripe = [...this.planned].filter(([, at]) => at <= until).sort(([, a], [, b]) => a - b);
    for (const [key] of ripe) this.add(key);
    this.now = until;
  }

  take(): string | undefined {
    const key = this.due.shift();
    if (key !== undefined) this.working.add(key);
    return key;
  }

  done(key: string): void {
    this.working.delete(key);
    if (this.again.delete(key)) this.due.push(key);
  }
}

const aKey = fc.constantFrom('a', 'b', 'c', 'd');
const aStep = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), key: aKey }),
  fc.record({ kind: fc.constant('addAfter' as const), key: aKey, ms: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('done' as const), key: aKey }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 30 }) }),
);

describe('WorkQueue', () => {
  it('behaves as its model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const metrics = new RecordedQueueMetrics();
        const queue = new WorkQueue({ clock, metrics });
        const model = new QueueModel();
        for (const step of steps) {
          if (step.kind === 'add') {
            queue.add(step.key);
            model.add(step.key);
          } else if (step.kind === 'addAfter') {
            queue.addAfter(step.key, step.ms);
            model.addAfter(step.key, step.ms);
          } else if (step.kind === 'pass') {
            await clock.advance(step.ms);
            model.pass(step.ms);
          } else if (step.kind === 'done') {
            queue.done(step.key);
            if (model.working.has(step.key)) model.done(step.key);
          } else {
            expect(metrics.gauges?.depth()).toBe(model.due.length);
            const key = model.take();
            if (key !== undefined) expect(await queue.get()).toBe(key);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('loses no key and never hands one out twice at once, however many workers there are', async () => {
    const scenario = fc.record({
      workers: fc.integer({ min: 1, max: 4 }),
      adds: fc.array(fc.record({ key: aKey, afterMs: fc.integer({ min: 0, max: 100 }) }), {
        minLength: 1,
        maxLength: 40,
      }),
      workMs: fc.integer({ min: 1, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ workers, adds, workMs }) => {
        const clock = new FakeClock();
        const queue = new WorkQueue({ clock, metrics: new RecordedQueueMetrics() });
        const working = new Set<string>();
        const lastStart = new Map<string, number>();
        const work = async (): Promise<void> => {
          for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
            expect(working.has(key)).toBe(false);
            working.add(key);
            lastStart.set(key, clock.monotonic());
            await clock.sleep(workMs, new AbortController().signal);
            working.delete(key);
            queue.done(key);
          }
        };
        const running = Promise.all(Array.from({ length: workers }, work));
        for (const { key, afterMs } of adds) clock.setTimer(afterMs, () => queue.add(key));
        await clock.advance(10_000);
        for (const { key, afterMs } of adds) expect(lastStart.get(key)).toBeGreaterThanOrEqual(afterMs);
        queue.shutDown();
        await settle();
        await running;
        await queue.drained();
      }),
      { numRuns: 200 },
    );
  });
});
