import { describe, expect, it } from 'vitest';
import type { ArtifactRelease } from '../../../src/api/artifact-release.ts';
import type { Count } from '../../../src/domain/evidence/count.ts';
import type { BudgetQuestion, ServiceQuestion } from '../../../src/domain/questions.ts';
import { known, type Reading, unknown } from '../../../src/domain/reading.ts';
import type { ServiceSource } from '../../../src/ports/service-source.ts';
import { ServiceWatch } from '../../../src/reconcile/service-watch.ts';
import { AVAILABILITY, at, CANDIDATE, iso, onCanary } from '../../support/releases.ts';

type Asked = Parameters<ServiceSource['counts']>[0];

const signal = new AbortController().signal;
const calm = known({ bad: 0, total: 1_000 });
const burning = known({ bad: 500, total: 1_000 });
const { name: _, ...found } = { ...AVAILABILITY, timeWindow: '28d' };

function watching(
  answer: (asked: Asked) => Reading<Count> = () => calm,
  slices: () => Reading<readonly Count[]> = () => known([{ bad: 0, total: 1_000 }]),
) {
  const asked: Asked[] = [];
  const sliced: Asked[] = [];
  const watch = new ServiceWatch({
    objectives: {
      read: async (_, { name }) =>
        name === 'slo' ? known({ ...found, target: '99.9' }) : unknown('NoData', 'it is not there'),
    },
    service: {
      counts: async (question) => {
        asked.push(question);
        return answer(question);
      },
      slices: async (question) => {
        sliced.push(question);
        return slices();
      },
    },
  });
  return {
    asked,
    sliced,
    windows: () => asked.splice(0).map(({ windowSeconds }) => windowSeconds),
    forget: (uid: string) => watch.forget(uid),
    read: (question: ServiceQuestion, release: ArtifactRelease = onCanary({ spec })) =>
      watch.read(release, question, signal),
    budgets: (question: BudgetQuestion, release: ArtifactRelease = onCanary({ spec })) =>
      watch.budgets(release, question, signal),
  };
}

const spec = { objectives: [AVAILABILITY] };
const inTrial = (after: string): ServiceQuestion => ({
  scope: 'Trial',
  trial: iso(),
  digest: CANDIDATE,
  at: at(after),
});
const atDoor = (after: string): ServiceQuestion => ({ ...inTrial(after), scope: 'Door' });

describe('a calm service', () => {
  it('is asked for its two short windows, once for each question', async () => {
    const { read, windows } = watching();
    await read(inTrial('7h'));
    expect(windows()).toEqual([300, 1_800]);
    await read(inTrial('7h'));
    expect(windows()).toEqual([]);
    await read(inTrial('7h1m'));
    expect(windows()).toEqual([300, 1_800]);
  });

  it('is asked for once where a young trial makes both windows the same', async () => {
    const { read, windows } = watching();
    const { services } = await read(inTrial('2m'));
    expect(windows()).toEqual([120]);
    expect([...(services.get('availability')?.windows.values() ?? [])].map(({ seconds }) => seconds)).toEqual(
      [120, 120],
    );
  });

  it('is asked again about a release that was forgotten', async () => {
    const { forget, read, windows } = watching();
    const release = onCanary({ spec });
    await read(inTrial('1h'), release);
    forget(release.metadata.uid);
    await read(inTrial('1h'), release);
    expect(windows()).toHaveLength(4);
  });
});

describe('a long window', () => {
  it.each([
    ['both, where both short ones burn', [300, 1_800], [300, 1_800, 3_600, 21_600]],
    ['none, where none does', [], [300, 1_800]],
    ['that of the pair whose short one burns', [300], [300, 1_800, 3_600]],
  ])('is asked for: %s', async (_, burningWindows, expected) => {
    const { read, windows } = watching(({ windowSeconds }) =>
      burningWindows.includes(windowSeconds) ? burning : calm,
    );
    await read(inTrial('7h'));
    expect(windows()).toEqual(expected);
  });

  it('is not asked for where the short one is unknown, which is an answer', async () => {
    const { read, windows } = watching(() => unknown('MetricsUnavailable', 'nobody answers'));
    const { services } = await read(inTrial('7h'));
    expect(windows()).toEqual([300, 1_800]);
    expect(services.get('availability')?.windows.get('5m')?.count.known).toBe(false);
  });
});

describe('whose requests', () => {
  it('are those of all pods since the trial began', async () => {
    const { asked, read } = watching(() => burning);
    await read(inTrial('20m'));
    expect(asked.map(({ windowSeconds }) => windowSeconds)).toEqual([300, 1_200]);
    expect(asked[0]).toMatchObject({ at: at('20m'), workload: 'checkout', digest: CANDIDATE });
    expect(asked[0]?.pods).toMatch(/^\(checkout-\[.*\|checkout-canary-\[.*\)$/);
  });

  it("are stable's at the door, from before the trial too", async () => {
    const { asked, read } = watching(() => burning);
    await read(atDoor('0s'));
    expect(asked.map(({ windowSeconds }) => windowSeconds)).toEqual([300, 1_800, 3_600, 21_600]);
    expect(asked[0]?.track).toBe('stable');
    expect(asked[0]?.pods).not.toContain('canary');
  });
});

describe('an objective', () => {
  it('that is written down elsewhere is asked about as it is found there', async () => {
    const { asked, read } = watching();
    const objectives = [{ name: 'elsewhere', objectiveRef: { kind: 'ConfigMap', name: 'slo' } }];
    const { services } = await read(inTrial('2m'), onCanary({ spec: { objectives } }));
    expect(services.get('elsewhere')?.terms).toEqual({ target: '99.9', timeWindow: '28d' });
    expect(asked[0]?.objective.ratioMetric).toEqual(AVAILABILITY.ratioMetric);
  });

  it('that is not found, or is not counted in requests, is not asked about', async () => {
    const { asked, read } = watching();
    const objectives = [
      { name: 'queue', target: '99', thresholdMetric: { query: 'queue', value: '10' } },
      { name: 'elsewhere', objectiveRef: { kind: 'ConfigMap', name: 'gone' } },
      { ...AVAILABILITY, name: 'counted' },
    ];
    const { services } = await read(inTrial('2m'), onCanary({ spec: { objectives } }));
    expect([...services.keys()]).toEqual(['counted']);
    expect(asked).toHaveLength(1);
  });
});

describe('the budget of a service', () => {
  const question = (after: string, generation = 1): BudgetQuestion => ({
    generation,
    digest: CANDIDATE,
    at: at(after),
  });
  const hours = (bad: number) => known(Array.from({ length: 720 }, () => ({ bad, total: 1_000 })));

  it("is counted for stable's pods over its whole window, once for each question", async () => {
    const { budgets, sliced } = watching(
      () => calm,
      () => hours(20),
    );
    const services = await budgets(question('10m'));
    await budgets(question('10m'));
    expect(sliced).toEqual([
      expect.objectContaining({
        windowSeconds: 2_592_000,
        sliceSeconds: 3_600,
        track: 'stable',
        at: at('10m'),
      }),
    ]);
    expect(services.get('availability')).toEqual({
      terms: { target: '99', timeWindow: '30d' },
      windows: new Map([['30d', { count: known({ bad: 14_400, total: 720_000 }), seconds: 2_592_000 }]]),
    });
  });

  it('is asked again ten minutes later, by another spec, and once it was forgotten', async () => {
    const { budgets, forget, sliced } = watching();
    const { uid } = onCanary().metadata;
    for (const asked of [question('10m'), question('20m'), question('20m', 2)]) await budgets(asked);
    forget(uid);
    await budgets(question('20m', 2));
    expect(sliced).toHaveLength(4);
  });

  it('is not asked again because of a burn that is', async () => {
    const { budgets, read, sliced } = watching();
    const release = onCanary({ spec });
    for (const after of ['10m', '11m', '12m']) {
      await read(atDoor(after), release);
      await budgets(question('10m'), release);
    }
    expect(sliced).toHaveLength(1);
  });

  it('that Prometheus does not count is not known', async () => {
    const { budgets } = watching(
      () => calm,
      () => unknown('QueryFailed', 'too many samples'),
    );
    const window = (await budgets(question('10m'))).get('availability')?.windows.get('30d');
    expect(window).toMatchObject({ count: { known: false, reason: 'QueryFailed' }, seconds: 0 });
  });
});
