import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { translateObjective } from '../../../../src/adapters/objectives/translate-objective.ts';
import { known } from '../../../../src/domain/reading.ts';

const ref = { kind: 'ConfigMap', name: 'checkout-slos' } as const;
const PODS = 'namespace="$namespace",pod=~"$pods"';

const metric = (query: string) => ({ metricSource: { type: 'Prometheus', spec: { query } } });
const ratioMetric = {
  counter: true,
  good: metric('http_requests_total{code!~"5.."}'),
  total: metric('http_requests_total'),
};
const sli = (spec: object = { ratioMetric }) => ({ metadata: { name: 'availability' }, spec });

const document = (kind: string, name: string, spec: object, apiVersion = 'openslo/v1') =>
  stringify({ apiVersion, kind, metadata: { name }, spec });

const slo = (spec: object = {}, name = 'checkout') =>
  document('SLO', name, {
    service: 'checkout',
    indicator: sli(),
    timeWindow: [{ duration: '28d', isRolling: true }],
    budgetingMethod: 'Occurrences',
    objectives: [{ displayName: 'answers', target: 0.57 }],
    ...spec,
  });

const datadog = { metricSource: { type: 'Datadog', spec: { query: 'sum:requests' } } };

/** Each list is nine times the one before. */
function bombs(...names: readonly string[]): string {
  const before = ['a', ...names];
  return names.map((name, n) => `${name}: &${name} [${Array(9).fill(`*${before[n]}`).join(',')}]`).join('\n');
}

const configMap = (...documents: readonly string[]) => ({ data: { 'slo.yaml': documents.join('---\n') } });
const translate = (object: unknown, named: object = {}) => translateObjective(object, { ...ref, ...named });

describe('an OpenSLO document', () => {
  it('with counters counts their increase', () => {
    expect(translate(configMap(slo()))).toEqual(
      known({
        target: '57',
        timeWindow: '28d',
        ratioMetric: {
          good: { query: `sum(increase(http_requests_total{code!~"5..",${PODS}}[$window]))` },
          total: { query: `sum(increase(http_requests_total{${PODS}}[$window]))` },
        },
      }),
    );
  });

  it('may refer to an SLI of the same ConfigMap, also under another key', () => {
    const referring = slo({ indicator: undefined, indicatorRef: 'availability' });
    const indicator = document('SLI', 'availability', { ratioMetric });
    const same = translate(configMap(indicator, referring));
    expect(same).toEqual(translate(configMap(slo())));
    const keys = { data: { slo: referring, sli: indicator, note: 'no: {yaml' } };
    expect(translate(keys, { key: 'slo' })).toEqual(same);
  });

  it('with queries of rates counts over the window', () => {
    const rates = {
      bad: metric('sum(rate(failures_total[5m]))'),
      total: metric('sum(rate(requests_total[5m]))'),
    };
    expect(translate(configMap(slo({ indicator: sli({ ratioMetric: rates }) })))).toMatchObject({
      value: { ratioMetric: { bad: { query: `sum(increase(failures_total{${PODS}}[$window]))` } } },
    });
  });

  it('with a threshold is a thresholdMetric', () => {
    const objectives = [{ op: 'lt', value: 0.8, targetPercent: 99 }];
    const indicator = sli({ thresholdMetric: metric('max(saturation)') });
    expect(translate(configMap(slo({ indicator, objectives })))).toEqual(
      known({
        target: '99',
        timeWindow: '28d',
        thresholdMetric: { query: `max(saturation{${PODS}})`, op: 'lt', value: '0.8' },
      }),
    );
  });

  it('without a window has that of 30 days', () => {
    expect(translate(configMap(slo({ timeWindow: undefined })))).toMatchObject({
      value: { timeWindow: '30d' },
    });
  });

  it.each([
    ['there is no such key', configMap(slo()), { key: 'a' }, 'ObjectiveNotFound', 'its keys are slo.yaml'],
    ['there are several keys', { data: { a: '', b: '' } }, {}, 'ObjectiveNotFound', 'objectiveRef.key'],
    ['the ConfigMap is empty', {}, {}, 'ObjectiveNotFound', 'it is empty'],
    ['there is no such SLO', configMap(slo()), { slo: 'a' }, 'ObjectiveNotFound', 'no SLO a in it'],
    ['there are several', configMap(slo(), slo({}, 'b')), {}, 'ObjectiveNotFound', 'name one of checkout, b'],
    [
      'its SLI is elsewhere',
      configMap(slo({ indicator: undefined, indicatorRef: 'a' })),
      {},
      'ObjectiveNotFound',
      'there is no SLI a beside it',
    ],
    ['it is no YAML', configMap('a: {'), {}, 'ObjectiveInvalid', 'key slo.yaml: is no YAML'],
    [
      'its aliases multiply',
      configMap(`a: &a [x,x,x,x,x,x,x,x,x]\n${bombs('b', 'c', 'd', 'e', 'f', 'g')}`),
      {},
      'ObjectiveInvalid',
      'is no YAML: Excessive alias count',
    ],
    ['it is too deep', configMap('['.repeat(10_000)), {}, 'ObjectiveInvalid', 'is no YAML'],
    ['it is too long', configMap(`# ${'x'.repeat(140_000)}`), {}, 'ObjectiveInvalid', 'more than 131072'],
    [
      'it is of another version',
      configMap(document('SLO', 'a', {}, 'openslo/v1alpha')),
      {},
      'NotSupported',
      'is openslo/v1alpha',
    ],
    [
      'it budgets time',
      configMap(slo({ budgetingMethod: 'Timeslices' })),
      {},
      'NotSupported',
      'SLO checkout: its budgetingMethod is Timeslices',
    ],
    [
      'it has several objectives',
      configMap(slo({ objectives: [{ target: 0.9 }, { target: 0.99 }] })),
      {},
      'NotSupported',
      'it has 2 objectives',
    ],
    ['it has no target', configMap(slo({ objectives: [{}] })), {}, 'ObjectiveInvalid', 'neither target'],
    [
      'it is aligned to the calendar',
      configMap(slo({ timeWindow: [{ duration: '1w', isRolling: false }] })),
      {},
      'NotSupported',
      'aligned to the calendar',
    ],
    [
      'its window is a month',
      configMap(slo({ timeWindow: [{ duration: '1M', isRolling: true }] })),
      {},
      'NotSupported',
      '"1M" is no duration',
    ],
    [
      'its ratio is computed before',
      configMap(slo({ indicator: sli({ ratioMetric: { rawType: 'success', raw: metric('x') } }) })),
      {},
      'NotSupported',
      'in place of raw',
    ],
    [
      'it is for another source',
      configMap(slo({ indicator: sli({ ratioMetric: { ...ratioMetric, total: datadog } }) })),
      {},
      'NotSupported',
      'total: is for Datadog',
    ],
    [
      'its counters are gauges',
      configMap(slo({ indicator: sli({ ratioMetric: { ...ratioMetric, counter: false } }) })),
      {},
      'NotSupported',
      'is one moment and no count',
    ],
    [
      'its threshold has no bound',
      configMap(slo({ indicator: sli({ thresholdMetric: metric('x') }) })),
      {},
      'ObjectiveInvalid',
      'must have op and a value',
    ],
    [
      'it measures nothing',
      configMap(slo({ indicator: sli({}) })),
      {},
      'ObjectiveInvalid',
      'neither ratioMetric nor thresholdMetric',
    ],
  ])('is unknown where %s', (_, object, named, reason, message) => {
    expect(translate(object, named)).toEqual({
      known: false,
      reason,
      message: expect.stringContaining(message),
    });
  });
});
