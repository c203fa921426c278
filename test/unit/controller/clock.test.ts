import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/controller/clock.ts';
import { DeadlineExceededError, settlesWithin, withDeadline } from '../../../src/controller/deadline.ts';
import { toMicroTime } from '../../../src/controller/micro-time.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('systemClock', () => {
  it('does not fire a timer early because its delay is too long for Node', async () => {
    let fired = false;
    const cancel = systemClock.setTimer(2 ** 40, () => {
      fired = true;
    });
    await systemClock.sleep(2, new AbortController().signal);
    cancel();
    expect(fired).toBe(false);
  });
});

describe('sleep', () => {
  it('rejects with the reason of its signal and leaves no timer', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(1_000, controller.signal);
    controller.abort('enough');
    await expect(sleeping).rejects.toBe('enough');
    expect(clock.pendingTimers()).toBe(0);
  });

  it('does not begin when its signal has aborted', async () => {
    const clock = new FakeClock();
    await expect(clock.sleep(1_000, AbortSignal.abort('enough'))).rejects.toBe('enough');
    expect(clock.pendingTimers()).toBe(0);
  });
});

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('withDeadline', () => {
  it('aborts the work when time is up', async () => {
    const clock = new FakeClock();
    const working = withDeadline(clock, 100, undefined, untilAborted);
    const outcome = expect(working).rejects.toBeInstanceOf(DeadlineExceededError);
    await clock.advance(100);
    await outcome;
  });

  it('aborts the work with the reason of its parent', async () => {
    const parent = new AbortController();
    const working = withDeadline(new FakeClock(), 100, parent.signal, untilAborted);
    parent.abort('shutdown');
    await expect(working).rejects.toBe('shutdown');
  });

  it('leaves no timer behind work that ends in time', async () => {
    const clock = new FakeClock();
    await expect(withDeadline(clock, 100, undefined, async () => 42)).resolves.toBe(42);
    expect(clock.pendingTimers()).toBe(0);
  });
});

describe('settlesWithin', () => {
  it('tells work that ends, even badly, from work that does not', async () => {
    const clock = new FakeClock();
    expect(await settlesWithin(clock, 100, Promise.reject(new Error('bad')))).toBe(true);
    const late = settlesWithin(clock, 100, Promise.withResolvers<void>().promise);
    await clock.advance(100);
    expect(await late).toBe(false);
  });
});

describe('toMicroTime', () => {
  it('writes six digits', () => {
    expect(toMicroTime(new Date('2025-01-02T03:04:05.678Z'))).toBe('2025-01-02T03:04:05.678000Z');
  });
});
