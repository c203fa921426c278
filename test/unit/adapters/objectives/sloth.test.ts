import { describe, expect, it } from 'vitest';
import { translateObjective } from '../../../../src/adapters/objectives/translate-objective.ts';
import { known } from '../../../../src/domain/reading.ts';

const ref = { kind: 'PrometheusServiceLevel', name: 'checkout' } as const;
const events = {
  errorQuery: 'sum(rate(http_requests_total{app="checkout",code=~"5.."}[{{.window}}]))',
  totalQuery: 'sum(rate(http_requests_total{app="checkout"}[{{.window}}]))',
};

const slo = (name: string, sli: object = { events }, objective: unknown = 99.9) => ({
  name,
  objective,
  sli,
  alerting: { name: 'CheckoutErrors' },
});

const ofSlos = (...slos: readonly object[]) => ({
  apiVersion: 'sloth.slok.dev/v1',
  kind: 'PrometheusServiceLevel',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: { service: 'checkout', slos },
});

describe('an SLO of Sloth', () => {
  it('with events is an objective over 30 days, the default of Sloth', () => {
    expect(translateObjective(ofSlos(slo('requests')), ref)).toEqual(
      known({
        target: '99.9',
        timeWindow: '30d',
        ratioMetric: {
          bad: {
            query:
              'sum(increase(http_requests_total{app="checkout",code=~"5..",namespace="$namespace",pod=~"$pods"}[$window]))',
          },
          total: {
            query:
              'sum(increase(http_requests_total{app="checkout",namespace="$namespace",pod=~"$pods"}[$window]))',
          },
        },
      }),
    );
  });

  it('is chosen by its name among several', () => {
    const several = ofSlos(slo('requests'), slo('slow', { events }, 95));
    expect(translateObjective(several, { ...ref, slo: 'slow' })).toMatchObject({ value: { target: '95' } });
  });

  it.each([
    ['none of several is named', ofSlos(slo('a'), slo('b')), {}, 'ObjectiveNotFound', 'name one of a, b'],
    ['another one is named', ofSlos(slo('a')), { slo: 'b' }, 'ObjectiveNotFound', 'no SLO b in it, but a'],
    ['there is none', ofSlos(), {}, 'ObjectiveNotFound', 'there is no SLO in it'],
    [
      'it is a ratio',
      ofSlos(slo('a', { raw: { errorRatioQuery: 'x' } })),
      {},
      'NotSupported',
      'SLO a: sli.raw is a ratio',
    ],
    [
      'it is a plugin',
      ofSlos(slo('a', { plugin: { id: 'x' } })),
      {},
      'NotSupported',
      'its SLI is that of a plugin',
    ],
    [
      'a query is none',
      ofSlos(slo('a', { events: { ...events, totalQuery: 'sum(' } })),
      {},
      'ObjectiveInvalid',
      'SLO a: totalQuery: is no PromQL',
    ],
    ['nothing may fail', ofSlos(slo('a', { events }, 100)), {}, 'ObjectiveInvalid', 'the target is 100%'],
    [
      'it is malformed',
      ofSlos(slo('a', { events }, 'high')),
      {},
      'ObjectiveInvalid',
      'spec.slos.0.objective',
    ],
    ['it is nothing', null, {}, 'ObjectiveInvalid', 'expected object'],
  ])('is unknown where %s', (_, object, named, reason, message) => {
    expect(translateObjective(object, { ...ref, ...named })).toEqual({
      known: false,
      reason,
      message: expect.stringContaining(message),
    });
  });
});
