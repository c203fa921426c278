import { describe, expect, it } from 'vitest';
import type { Objective } from '../../../src/api/objective-spec.ts';
import { known, type Reading, unknown } from '../../../src/domain/reading.ts';
import type { FoundObjective } from '../../../src/ports/objective-reader.ts';
import type { SloQuestion } from '../../../src/ports/slo-source.ts';
import { ObjectiveCounts } from '../../../src/reconcile/objective-counts.ts';
import { at, CANDIDATE, iso, onCanary } from '../../support/releases.ts';
import { totals } from '../../support/totals.ts';

const signal = new AbortController().signal;
const question = { digest: CANDIDATE, from: iso(), slot: 1, stage: 'step' } as const;

const written = { name: 'errors', timeWindow: '30d', target: '99', ratioMetric: { total: { query: 'a' } } };
const referring: Objective = {
  name: 'availability',
  timeWindow: '30d',
  objectiveRef: { kind: 'ServiceLevelObjective', name: 'checkout' },
};
const QUEUE = { query: 'queue', op: 'lte', value: '5' } as const;
const found: FoundObjective = {
  target: '99.9',
  timeWindow: '28d',
  ratioMetric: { bad: { query: 'b' }, total: { query: 't' } },
};

function countsOf(reading: Reading<FoundObjective>) {
  const asked: SloQuestion[] = [];
  const read: unknown[] = [];
  const counts = new ObjectiveCounts({
    sloSource: {
      totals: async (one) => {
        asked.push(one);
        return known(totals(1, 100));
      },
    },
    objectives: {
      read: async (...[namespace, ref]) => {
        read.push([namespace, ref]);
        return reading;
      },
    },
  });
  const ask = (objectives: readonly Objective[] = [written, referring], generation = 1, quick?: number) => {
    const release = onCanary({ spec: { objectives }, metadata: { generation } });
    return counts.read(release, { ...question, ...(quick && { quick }) }, at('1m'), signal);
  };
  return { asked, read, ask };
}

describe('an objective that is written down elsewhere', () => {
  it('is measured by what is found there, under the name that the release gives it', async () => {
    const { ask, asked, read } = countsOf(known(found));
    const counts = await ask();
    expect(read).toEqual([['shop', referring.objectiveRef]]);
    expect(asked.map(({ objective }) => objective)).toEqual([written, { name: 'availability', ...found }]);
    expect([...counts.totals.keys()]).toEqual(['errors', 'availability']);
  });

  it('is judged by the target and the window that are found there', async () => {
    const { terms } = await countsOf(known(found)).ask();
    expect([...(terms ?? [])]).toEqual([['availability', { target: '99.9', timeWindow: '28d' }]]);
  });

  it('is unknown, by its name, where it is not found; the others are measured', async () => {
    const { ask, asked } = countsOf(unknown('ObjectiveNotFound', 'there is none'));
    const { totals: counted, terms } = await ask();
    expect(counted.get('availability')).toEqual(
      unknown('ObjectiveNotFound', 'objective availability: there is none'),
    );
    expect(asked.map(({ objective }) => objective.name)).toEqual(['errors']);
    expect(terms?.size).toBe(0);
  });

  it('is looked up once for each question', async () => {
    const { ask, read } = countsOf(known(found));
    expect(await ask()).toBe(await ask());
    expect(read).toHaveLength(1);
  });

  it('is looked up again at a quick look, which is a question of its own', async () => {
    const { ask, read } = countsOf(known(found));
    const quick = () => ask(undefined, 1, 1);
    await ask();
    expect(await quick()).toBe(await quick());
    expect(read).toHaveLength(2);
  });
});

describe('an objective that is changed', () => {
  it('is counted anew: what it counted before is no answer about it', async () => {
    const { ask, asked } = countsOf(known(found));
    await ask([written]);
    const queue = { name: 'errors', timeWindow: '30d', target: '99', thresholdMetric: QUEUE };
    await ask([queue], 2);
    expect(asked.map(({ objective }) => objective)).toEqual([written, queue]);
  });
});
