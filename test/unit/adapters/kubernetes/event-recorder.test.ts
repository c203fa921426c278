import { describe, expect, it } from 'vitest';
import { EventRecorder } from '../../../../src/adapters/kubernetes/event-recorder.ts';
import { type KubeEvent, truncateNote } from '../../../../src/adapters/kubernetes/kube-event.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

interface Write {
  readonly verb: 'create' | 'patch';
  readonly path: string;
  readonly body: object;
}

function aRecorder() {
  const clock = new FakeClock();
  const writes: Write[] = [];
  const drops: string[] = [];
  const world: { fault: Error | undefined; gate: Promise<void> } = {
    fault: undefined,
    gate: Promise.resolve(),
  };
  const write = async <T>(verb: Write['verb'], path: string, body: object): Promise<T> => {
    await world.gate;
    if (world.fault !== undefined) throw world.fault;
    writes.push({ verb, path, body });
    return JSON.parse('{}');
  };
  const recorder = new EventRecorder({
    client: {
      create: (path, body) => write('create', path, body),
      mergePatch: (path, body) => write('patch', path, body),
    },
    clock,
    reportingController: 'example.dev/operator',
    reportingInstance: 'operator-0',
    onDrop: (reason) => drops.push(reason),
  });
  return { clock, recorder, writes, drops, world };
}

function anEvent(overrides: Partial<KubeEvent> = {}): KubeEvent {
  const regarding = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'checkout',
    uid: 'uid-1',
  };
  return { regarding, type: 'Normal', reason: 'Scaled', action: 'Scale', note: 'scaled to 3', ...overrides };
}

describe('EventRecorder', () => {
  it('writes a new event with one POST', async () => {
    const { clock, recorder, writes } = aRecorder();
    recorder.record(anEvent());
    await clock.advance(3_600_000);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatchObject({
      verb: 'create',
      path: '/apis/events.k8s.io/v1/namespaces/shop/events',
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace: 'shop', name: expect.stringMatching(/^checkout\.[0-9a-f]{16}$/) },
        eventTime: '2025-01-02T03:04:05.678000Z',
        reportingController: 'example.dev/operator',
        reportingInstance: 'operator-0',
        ...anEvent(),
      },
    });
  });

  it('writes events of cluster-scoped objects to the default namespace', async () => {
    const { clock, recorder, writes } = aRecorder();
    recorder.record(anEvent({ regarding: { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' } }));
    await clock.advance(0);
    expect(writes[0]?.path).toBe('/apis/events.k8s.io/v1/namespaces/default/events');
  });

  it('makes repeats a series: one PATCH at the first, one more for the rest', async () => {
    const { clock, recorder, writes } = aRecorder();
    for (let n = 0; n < 10; n += 1) {
      recorder.record(anEvent());
      await clock.advance(1_000);
    }
    await clock.advance(3_600_000);
    const [first, ...patches] = writes;
    const counts = patches.map(({ body }) => body);
    expect(first?.verb).toBe('create');
    expect(counts).toEqual([
      { series: { count: 2, lastObservedTime: '2025-01-02T03:04:06.678000Z' } },
      { series: { count: 10, lastObservedTime: '2025-01-02T03:04:14.678000Z' } },
    ]);
  });

  it.each([
    { what: 'another note', second: anEvent({ note: 'scaled to 4' }), gapMs: 0 },
    { what: 'another reason', second: anEvent({ reason: 'Paused' }), gapMs: 0 },
    { what: 'the same after 6 minutes', second: anEvent(), gapMs: 360_001 },
  ])('takes $what for a new event', async ({ second, gapMs }) => {
    const { clock, recorder, writes } = aRecorder();
    recorder.record(anEvent());
    await clock.advance(gapMs);
    recorder.record(second);
    await clock.advance(0);
    expect(writes.map(({ verb }) => verb)).toEqual(['create', 'create']);
  });

  it('lets one object cause 25 events at once and then one in 5 minutes', async () => {
    const { clock, recorder, writes, drops } = aRecorder();
    for (let n = 0; n < 30; n += 1) recorder.record(anEvent({ note: `event ${n}` }));
    recorder.record(anEvent({ regarding: { ...anEvent().regarding, uid: 'uid-2' } }));
    await clock.advance(300_000);
    expect(writes).toHaveLength(26);
    expect(drops).toEqual(Array(5).fill('spam'));
    recorder.record(anEvent({ note: 'later' }));
    await clock.advance(0);
    expect(writes).toHaveLength(27);
  });

  it('counts a write that fails and writes the next occurrence anew', async () => {
    const { clock, recorder, writes, drops, world } = aRecorder();
    world.fault = new Error('reset');
    recorder.record(anEvent());
    await clock.advance(0);
    expect(drops).toEqual(['failed']);
    world.fault = undefined;
    recorder.record(anEvent());
    await clock.advance(0);
    expect(writes.map(({ verb }) => verb)).toEqual(['create']);
  });

  it('keeps at most 1,000 writes waiting', async () => {
    const { recorder, drops, world } = aRecorder();
    world.gate = Promise.withResolvers<void>().promise;
    for (let n = 0; n < 1_005; n += 1) {
      recorder.record(anEvent({ regarding: { ...anEvent().regarding, uid: `uid-${n}` } }));
    }
    expect(drops).toEqual(Array(4).fill('overflow'));
  });

  it('writes what waits, and the counts of its series, when it stops', async () => {
    const { recorder, writes, drops } = aRecorder();
    for (let n = 0; n < 3; n += 1) recorder.record(anEvent());
    await recorder.stop();
    recorder.record(anEvent({ note: 'too late' }));
    expect(writes.at(-1)?.body).toMatchObject({ series: { count: 3 } });
    expect(drops).toEqual(['stopped']);
  });

  it('does not wait longer than 3 s when it stops', async () => {
    const { clock, recorder, drops, world } = aRecorder();
    world.gate = Promise.withResolvers<void>().promise;
    recorder.record(anEvent());
    recorder.record(anEvent({ note: 'waits' }));
    const stopping = recorder.stop();
    await clock.advance(3_000);
    await stopping;
    expect(drops).toEqual(['stopped']);
  });
});

describe('truncateNote', () => {
  it.each([
    { what: 'leaves a short note', note: 'short', bytes: 5 },
    { what: 'leaves a note of the limit', note: 'a'.repeat(1_024), bytes: 1_024 },
    { what: 'cuts a long note', note: 'a'.repeat(2_000), bytes: 1_024 },
    { what: 'cuts between characters', note: 'ä'.repeat(2_000), bytes: 1_023 },
    { what: 'cuts between characters of four bytes', note: '🚀'.repeat(2_000), bytes: 1_023 },
  ])('$what', ({ note, bytes }) => {
    const cut = truncateNote(note);
    expect(Buffer.byteLength(cut)).toBe(bytes);
    expect(cut).not.toContain('\uFFFD');
  });
});
