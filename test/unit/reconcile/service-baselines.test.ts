import { expect, it } from 'vitest';
import { known, unknown } from '../../../src/domain/reading.ts';
import { ServiceBaselines } from '../../../src/reconcile/service-baselines.ts';
import { noObjectives } from '../../support/no-objectives.ts';
import { unanswered, verifiedAs } from '../../support/observations.ts';
import { AVAILABILITY, at, CANDIDATE, iso, onCanary } from '../../support/releases.ts';
import { type SlicesQuestion, serviceSource } from '../../support/service-source.ts';

const signal = new AbortController().signal;
const release = onCanary({ spec: { objectives: [AVAILABILITY] } });

it('asks about the whole service, once an interval', async () => {
  const asked: SlicesQuestion[] = [];
  const service = serviceSource((question) => {
    asked.push(question);
    return asked.length === 1
      ? unknown('MetricsUnavailable', 'down')
      : known([
          { bad: 1, total: 300 },
          { bad: 0, total: 300 },
        ]);
  });
  const baselines = new ServiceBaselines({ service, objectives: noObjectives });
  const read = (after: string) => baselines.read(release, verifiedAs(unanswered), at(after), signal);
  await read('0s');
  const first = await read('29s');
  expect(asked).toHaveLength(1);
  expect(first?.readings.get('availability')).toEqual(unknown('MetricsUnavailable', 'down'));
  const second = await read('30s');
  expect(asked).toHaveLength(2);
  expect(second).toMatchObject({ until: iso() });
  expect(second?.readings.get('availability')).toMatchObject(
    known({ bad: 1, total: 600, seconds: 60, dispersion: 1 }),
  );
  expect(asked[1]).toMatchObject({
    source: 'default',
    namespace: 'shop',
    workload: 'checkout',
    track: '(canary|stable)',
    workloads: '(checkout|checkout-canary)',
    digest: CANDIDATE,
    windowSeconds: 21_600,
    sliceSeconds: 30,
    at: at(),
  });
  expect('checkout-canary-5d4f-x2x4z checkout-5d4f-x2x4z').toMatch(new RegExp(asked[1]?.pods ?? '^$'));
});

it('is asked anew for a release that comes again', async () => {
  let asked = 0;
  const service = serviceSource(() => {
    asked += 1;
    return known([]);
  });
  const baselines = new ServiceBaselines({ service, objectives: noObjectives });
  await baselines.read(release, verifiedAs(unanswered), at(), signal);
  baselines.forget(release.metadata.uid);
  await baselines.read(release, verifiedAs(unanswered), at(), signal);
  expect(asked).toBe(2);
});

it('looks up an objective that is written down elsewhere first', async () => {
  const asked: SlicesQuestion[] = [];
  const service = serviceSource((question) => {
    asked.push(question);
    return known([]);
  });
  const objectiveRef = { kind: 'ServiceLevelObjective', name: 'checkout' } as const;
  const found = { target: '99', timeWindow: '28d', ratioMetric: { total: { query: 'there' } } };
  const referring = [{ name: 'availability', timeWindow: '30d', objectiveRef }];
  const baselines = new ServiceBaselines({ service, objectives: { read: async () => known(found) } });
  const release = onCanary({ spec: { objectives: referring } });
  await baselines.read(release, verifiedAs(unanswered), at(), signal);
  expect(asked.map(({ objective }) => objective)).toEqual([{ name: 'availability', ...found }]);
});

it('presumes clumps as far as the acceptable burn would have shown them, not that of the objective', async () => {
  const slices = Array.from({ length: 720 }, () => ({ bad: 0, total: 100 }));
  const service = serviceSource(() => known(slices));
  const clump = async (maxBurnRate: string) => {
    const baselines = new ServiceBaselines({ service, objectives: noObjectives });
    const judged = onCanary({ spec: { objectives: [AVAILABILITY], analysis: { maxBurnRate } } });
    const { readings } = (await baselines.read(judged, verifiedAs(unanswered), at(), signal)) ?? {};
    const reading = readings?.get('availability');
    return reading?.known ? reading.value.clump : Number.NaN;
  };
  const [strict, usual, lenient] = [await clump('0.1'), await clump('1'), await clump('10')];
  expect(strict).toBeGreaterThan(usual);
  expect(usual).toBeGreaterThan(lenient);
});
