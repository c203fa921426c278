import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { KubeListWatcher } from '../../src/adapters/kubernetes/list-watcher.ts';
import { type Clock, sleepOn, systemClock } from '../../src/controller/clock.ts';
import type { ListWatcher } from '../../src/controller/list-watcher.ts';
import { Reflector } from '../../src/controller/reflector.ts';
import { Store } from '../../src/controller/store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { anObject, type TestObject } from '../support/objects.ts';
import { ScriptedApiServer } from '../support/scripted-api-server.ts';
import { serveCollection } from '../support/serve-collection.ts';
import { SimulatedCollection, WATCH_FAULTS } from '../support/simulated-collection.ts';
import { SimulatedListWatcher } from '../support/simulated-list-watcher.ts';

const aName = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const aStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), name: aName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), name: aName }) },
  fc.record({ kind: fc.constant('recreate' as const), name: aName }),
  fc.record({ kind: fc.constant('bookmark' as const) }),
  fc.record({ kind: fc.constant('compact' as const) }),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('break' as const), fault: fc.constantFrom(...WATCH_FAULTS) }),
  },
  fc.record({ kind: fc.constant('fail' as const), count: fc.integer({ min: 1, max: 5 }) }),
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  },
);
type Step = typeof aStep extends fc.Arbitrary<infer S> ? S : never;

async function play(
  step: Step,
  collection: SimulatedCollection,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  switch (step.kind) {
    case 'put':
      return collection.put(step.name);
    case 'delete':
      return collection.delete(step.name);
    case 'recreate':
      collection.delete(step.name);
      return collection.put(step.name);
    case 'bookmark':
      return collection.bookmark();
    case 'compact':
      return collection.compact();
    case 'break':
      return collection.breakWatches(step.fault);
    case 'fail':
      return collection.failNext(step.count);
    case 'wait':
      return wait(step.ms);
  }
}

/** A reflector with a store, and a second view of the store built from its deltas alone. */
function reflect(listWatcher: ListWatcher<TestObject>, clock: Clock) {
  const store = new Store<TestObject>({ indexes: {}, onListenerError: () => undefined });
  const fromDeltas = new Map<string, TestObject>();
  store.subscribe((delta) => {
    if (delta.type === 'deleted') fromDeltas.delete(delta.key);
    else fromDeltas.set(delta.key, delta.object);
  });
  const metrics = {
    recordContact: () => undefined,
    countRelist: () => undefined,
    countMalformedEvent: () => undefined,
    setConnected: () => undefined,
  };
  const reflector = new Reflector({
    name: 'things',
    listWatcher,
    store,
    clock,
    metrics,
    onError: () => undefined,
  });
  return { reflector, store, fromDeltas };
}

const identities = (objects: Iterable<TestObject>): string[] =>
  [...objects].map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).sort();

describe('Reflector', () => {
  it('ends up with what the server has after any sequence of changes and faults', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { maxLength: 40 }), async (steps) => {
        const clock = new FakeClock();
        const collection = new SimulatedCollection();
        const { reflector, store, fromDeltas } = reflect(new SimulatedListWatcher(collection), clock);
        const stop = new AbortController();
        const running = reflector.run(stop.signal);
        for (const step of steps) await play(step, collection, (ms) => clock.advance(ms));
        await clock.advance(400_000); // a silent watch takes 150 s to notice, five refusals at most 5 x 30 s
        expect(identities(store.list())).toEqual(identities(collection.contents()));
        expect(identities(fromDeltas.values())).toEqual(identities(store.list()));
        stop.abort();
        await running;
        expect(clock.pendingTimers()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('does so over real connections', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 5, maxLength: 20 }), async (steps) => {
        const collection = new SimulatedCollection();
        await using server = await ScriptedApiServer.start(serveCollection(collection));
        const listWatcher = new KubeListWatcher(new ApiClient({ access: server.access }), {
          path: '/api/v1/things',
          project: ({ metadata }) => anObject(metadata),
        });
        const { reflector, store } = reflect(listWatcher, HASTY_CLOCK);
        const stop = new AbortController();
        const running = reflector.run(stop.signal);
        await reflector.whenSynced();
        for (const step of steps) await play(step, collection, (ms) => HASTY_CLOCK.sleep(ms, stop.signal));
        await expect
          .poll(() => identities(store.list()), { timeout: 10_000, interval: 5 })
          .toEqual(identities(collection.contents()));
        stop.abort();
        await running;
      }),
      { numRuns: 20 },
    );
  });
});

const HASTE = 1_000;

/** A second of this clock is a millisecond. */
const HASTY_CLOCK: Clock = {
  now: () => new Date(),
  monotonic: () => systemClock.monotonic() * HASTE,
  setTimer: (ms, fn) => systemClock.setTimer(ms / HASTE, fn),
  sleep: (ms, signal) => sleepOn(HASTY_CLOCK, ms, signal),
};
