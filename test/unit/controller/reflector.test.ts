import { describe, expect, it } from 'vitest';
import { ExpiredError, MalformedEventError, type WatchEvent } from '../../../src/controller/list-watcher.ts';
import { Reflector } from '../../../src/controller/reflector.ts';
import { Store } from '../../../src/controller/store.ts';
import { SilentWatchError } from '../../../src/controller/watch-session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { anObject, type TestObject } from '../../support/objects.ts';
import { type ListStep, ScriptedListWatcher, type WatchStep } from '../../support/scripted-list-watcher.ts';

const EMPTY: ListStep<TestObject> = { items: [], resourceVersion: '10' };
const bookmark = (resourceVersion: string): WatchEvent<TestObject> => ({ type: 'BOOKMARK', resourceVersion });
const change = (type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string, resourceVersion: string) =>
  ({ type, object: anObject({ name, resourceVersion }), resourceVersion }) as const;

async function run(lists: readonly ListStep<TestObject>[], watches: readonly WatchStep<TestObject>[] = []) {
  const clock = new FakeClock();
  const listWatcher = new ScriptedListWatcher<TestObject>(lists, watches);
  const store = new Store<TestObject>({ indexes: {}, onListenerError: () => undefined });
  const seen = { relists: [] as string[], connected: [] as boolean[], malformed: 0, contacts: 0 };
  const errors: unknown[] = [];
  const waits: number[] = [];
  const stop = new AbortController();
  const reflector = new Reflector<TestObject>({
    name: 'things',
    listWatcher,
    store,
    clock,
    random: () => 0.5,
    metrics: {
      recordContact: () => {
        seen.contacts += 1;
      },
      countRelist: (reason) => seen.relists.push(reason),
      countMalformedEvent: () => {
        seen.malformed += 1;
      },
      setConnected: (connected) => seen.connected.push(connected),
    },
    onError: (error, retryInMs) => {
      errors.push(error);
      waits.push(retryInMs);
    },
  });
  const running = reflector.run(stop.signal);
  await clock.advance(0);
  const names = () => store.list().map(({ metadata }) => metadata.name);
  const versions = () => listWatcher.watches.map(({ resourceVersion }) => resourceVersion);
  return { clock, listWatcher, reflector, running, stop, seen, errors, waits, names, versions };
}

describe('Reflector', () => {
  it('lists page by page and replaces the store at the end of the last one', async () => {
    const { names, listWatcher, reflector, versions } = await run([
      { items: [anObject({ name: 'a' })], resourceVersion: '10', continueToken: 'more' },
      { items: [anObject({ name: 'b' })], resourceVersion: '10' },
    ]);
    await reflector.whenSynced();
    expect(listWatcher.lists).toEqual([{ limit: 500 }, { limit: 500, continueToken: 'more' }]);
    expect(names()).toEqual(['a', 'b']);
    expect(versions()).toEqual(['10']);
  });

  it('shows nothing of a list before its last page', async () => {
    const page = { items: [anObject({ name: 'a' })], resourceVersion: '10', continueToken: 'more' };
    const { names, reflector } = await run([page, null]);
    expect(names()).toEqual([]);
    expect(reflector.hasSynced()).toBe(false);
  });

  it('asks for a watch of 290 to 590 s', async () => {
    const { listWatcher } = await run([EMPTY]);
    expect(listWatcher.watches).toEqual([{ resourceVersion: '10', timeoutSeconds: 440 }]);
  });

  it('applies what the watch says', async () => {
    const events = [
      change('ADDED', 'a', '11'),
      change('ADDED', 'b', '12'),
      change('MODIFIED', 'b', '13'),
      change('DELETED', 'a', '14'),
    ];
    const { names } = await run([EMPTY], [{ events, end: 'hang' }]);
    expect(names()).toEqual(['b']);
  });

  it('goes on at once from the last bookmark when a watch that has lived is closed', async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const { clock, errors, versions } = await run([EMPTY], [{ events: [bookmark('20')], end: closed }]);
    await clock.advance(10_000);
    close();
    await clock.advance(0);
    expect(errors).toEqual([]);
    expect(versions()).toEqual(['10', '20']);
  });

  it('gives a watch up after 150 s of silence and goes on from the last bookmark', async () => {
    const clockwork = await run([EMPTY], [{ events: [bookmark('20')], end: 'hang' }]);
    await clockwork.clock.advance(150_000);
    expect(clockwork.errors[0]).toBeInstanceOf(SilentWatchError);
    await clockwork.clock.advance(400);
    expect(clockwork.versions()).toEqual(['10', '20']);
  });

  it('backs off when the server closes watches as soon as they are opened', async () => {
    const closing = { events: [], end: 'close' } as const;
    const { clock, waits, listWatcher } = await run([EMPTY], [closing, closing, closing]);
    await clock.advance(60_000);
    expect(waits).toEqual([400, 800, 1_600]);
    expect(listWatcher.lists).toHaveLength(1);
  });

  it('reconnects from the version it has reached when a watch breaks, however often', async () => {
    const broken = (version: string) => ({ events: [bookmark(version)], end: new Error('reset') });
    const { clock, versions, listWatcher } = await run([EMPTY], [broken('11'), broken('12'), broken('13')]);
    await clock.advance(60_000);
    expect(versions()).toEqual(['10', '11', '12', '13']);
    expect(listWatcher.lists).toHaveLength(1);
  });

  it.each([
    { when: 'at connect', step: new ExpiredError() },
    { when: 'in the stream', step: { events: [], end: new ExpiredError() } },
  ])('lists again when its version has expired $when', async ({ step }) => {
    const relisted = { items: [anObject({ name: 'a' })], resourceVersion: '50' };
    const { clock, seen, names, versions } = await run([EMPTY, relisted], [step]);
    await clock.advance(1_000);
    expect(seen.relists).toEqual(['initial', 'expired']);
    expect(names()).toEqual(['a']);
    expect(versions()).toEqual(['10', '50']);
  });

  it('starts the list over when its continue token has expired', async () => {
    const first = { items: [anObject({ name: 'stale' })], resourceVersion: '10', continueToken: 'more' };
    const { clock, listWatcher, names } = await run([first, new ExpiredError(), EMPTY]);
    await clock.advance(1_000);
    expect(listWatcher.lists.map(({ continueToken }) => continueToken)).toEqual([
      undefined,
      'more',
      undefined,
    ]);
    expect(names()).toEqual([]);
  });

  it('asks for a page again when it could not be read', async () => {
    const { clock, listWatcher, reflector } = await run([new Error('reset'), EMPTY]);
    expect(reflector.hasSynced()).toBe(false);
    await clock.advance(1_000);
    expect(listWatcher.lists).toHaveLength(2);
    await reflector.whenSynced();
  });

  it('counts a line it cannot read and reconnects before it', async () => {
    const malformed = { events: [bookmark('11')], end: new MalformedEventError('not JSON') };
    const { clock, seen, versions } = await run([EMPTY], [malformed]);
    await clock.advance(1_000);
    expect(seen.malformed).toBe(1);
    expect(versions()).toEqual(['10', '11']);
  });

  it('forgets earlier failures once a watch has lived for 10 s', async () => {
    const failing = new Error('refused');
    const { clock, waits } = await run([EMPTY], [failing, failing, { events: [], end: 'hang' }, failing]);
    await clock.advance(400 + 800 + 150_000 + 10_000);
    expect(waits).toEqual([400, 800, 400, 800]);
  });

  it('never waits longer than 30 s', async () => {
    const { clock, waits } = await run(
      [EMPTY],
      Array.from({ length: 20 }, () => new Error('refused')),
    );
    await clock.advance(600_000);
    expect(Math.max(...waits)).toBe(15_000);
  });

  it('says whether a watch is open', async () => {
    const { clock, seen, stop, running } = await run([EMPTY], [{ events: [], end: new Error('reset') }]);
    expect(seen.connected).toEqual([true, false]);
    await clock.advance(1_000);
    stop.abort();
    await running;
    expect(seen.connected).toEqual([true, false, true, false]);
  });

  it.each([
    { where: 'in a list', lists: [null], watches: [] },
    { where: 'in a watch', lists: [EMPTY], watches: [] },
    { where: 'in a backoff', lists: [EMPTY], watches: [new Error('refused')] },
  ])('ends when it is told to $where, and leaves no timer', async ({ lists, watches }) => {
    const { clock, stop, running, listWatcher } = await run(lists, watches);
    const before = listWatcher.watches.length;
    stop.abort();
    await running;
    await clock.advance(600_000);
    expect(clock.pendingTimers()).toBe(0);
    expect(listWatcher.watches).toHaveLength(before);
  });

  it('is live while the server is silent or away, and not when its own loop hangs', async () => {
    const { clock, reflector } = await run([EMPTY], [new Error('refused'), new Error('refused')]);
    await clock.advance(900_000);
    expect(reflector.isLive()).toBe(true);
    const hanging = await run([null]);
    await hanging.clock.advance(300_000);
    expect(hanging.reflector.isLive()).toBe(false);
  });
});
