import { describe, expect, it } from 'vitest';
import type { HeldLeadership, ManagerOptions } from '../../../src/controller/manager.ts';
import { Manager } from '../../../src/controller/manager.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** A manager of one part of each kind, all of which write what they do into one diary. */
function aManager(overrides: Partial<ManagerOptions> = {}) {
  const clock = new FakeClock();
  const diary: string[] = [];
  const stop = new AbortController();
  const lost = new AbortController();
  const synced = Promise.withResolvers<void>();
  const acquired = Promise.withResolvers<HeldLeadership>();
  const leadership: HeldLeadership = {
    lost: lost.signal,
    release: async () => void diary.push('lease given back'),
  };
  const manager = new Manager({
    services: [
      {
        name: 'server',
        start: async () => void diary.push('server up'),
        stop: async () => void diary.push('server down'),
      },
    ],
    election: {
      acquire: async (signal) => {
        await Promise.race([acquired.promise, ended(signal)]);
        signal.throwIfAborted();
        diary.push('leading');
        return acquired.promise;
      },
    },
    reflectors: [
      {
        name: 'things',
        run: async (signal) => {
          diary.push('reading');
          await ended(signal);
          diary.push('not reading');
        },
        whenSynced: () => synced.promise,
      },
    ],
    controllers: [
      {
        name: 'thing',
        run: async ({ stopping }) => {
          diary.push('working');
          await ended(stopping);
          diary.push('drained');
        },
      },
    ],
    clock,
    log: {
      info: () => undefined,
      error: (fields, message) => void diary.push(`error: ${message} ${JSON.stringify(fields)}`),
    },
    ...overrides,
  });
  const lead = () => acquired.resolve(leadership);
  return { clock, diary, stop, lost, lead, sync: synced.resolve, manager, exit: manager.run(stop.signal) };
}

async function started(overrides: Partial<ManagerOptions> = {}) {
  const parts = aManager(overrides);
  parts.lead();
  parts.sync();
  await parts.clock.advance(0);
  return parts;
}

describe('Manager', () => {
  it('starts and ends its parts in order', async () => {
    const { diary, stop, exit } = await started();
    expect(diary).toEqual(['server up', 'leading', 'reading', 'working']);
    diary.length = 0;
    stop.abort();
    expect(await exit).toBe(0);
    expect(diary).toEqual(['drained', 'not reading', 'lease given back', 'server down']);
  });

  it('is ready while it stands by, not while its caches fill, and again when it works', async () => {
    const { clock, manager, lead, sync } = aManager();
    await clock.advance(0);
    expect(manager.notReady()).toBeUndefined();
    lead();
    await clock.advance(0);
    expect(manager.notReady()).toBe('caches are not synced');
    sync();
    await clock.advance(0);
    expect(manager.notReady()).toBeUndefined();
  });

  it('stops in order before it has led', async () => {
    const { clock, diary, stop, exit } = aManager();
    await clock.advance(0);
    stop.abort();
    expect(await exit).toBe(0);
    expect(diary).toEqual(['server up', 'server down']);
  });

  it('stops in order before its caches are synced', async () => {
    const { clock, diary, stop, exit, lead } = aManager();
    lead();
    await clock.advance(0);
    stop.abort();
    expect(await exit).toBe(0);
    expect(diary).not.toContain('working');
    expect(diary).toContain('lease given back');
  });

  it('cuts work short and exits 3 when it loses the leadership', async () => {
    const cut: string[] = [];
    const { lost, exit, clock } = await started({
      controllers: [
        {
          name: 'slow',
          run: async ({ aborting }) => {
            await ended(aborting);
            cut.push('cut short');
          },
        },
      ],
    });
    lost.abort(new Error('lost'));
    await clock.advance(0);
    expect(await exit).toBe(3);
    expect(cut).toEqual(['cut short']);
  });

  it('gives passes the grace period and then cuts them short', async () => {
    const { stop, exit, clock, diary } = await started({
      graceMs: 5_000,
      controllers: [{ name: 'slow', run: ({ aborting }) => ended(aborting) }],
    });
    stop.abort();
    await clock.advance(4_999);
    expect(diary).not.toContain('lease given back');
    await clock.advance(1);
    expect(await exit).toBe(0);
    expect(diary).toContain('lease given back');
  });

  it('keeps the lease and exits 1 when a pass does not end at all', async () => {
    const { stop, exit, clock, diary } = await started({
      controllers: [{ name: 'stuck', run: () => Promise.withResolvers<void>().promise }],
    });
    stop.abort();
    await clock.advance(60_000);
    expect(await exit).toBe(1);
    expect(diary).not.toContain('lease given back');
    expect(diary).toContain('server down');
  });

  it.each([
    {
      what: 'a controller fails',
      overrides: { controllers: [{ name: 'bad', run: () => Promise.reject(new Error('bad')) }] },
    },
    {
      what: 'a controller ends by itself',
      overrides: { controllers: [{ name: 'short', run: async () => undefined }] },
    },
    {
      what: 'a reflector ends by itself',
      overrides: {
        reflectors: [{ name: 'short', run: async () => undefined, whenSynced: async () => undefined }],
      },
    },
    {
      what: 'a service does not start',
      overrides: {
        services: [
          { name: 'bad', start: () => Promise.reject(new Error('taken')), stop: async () => undefined },
        ],
      },
    },
  ])('exits 1 when $what', async ({ overrides }) => {
    const { exit } = await started(overrides);
    expect(await exit).toBe(1);
  });
});
