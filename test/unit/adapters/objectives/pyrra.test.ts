import { describe, expect, it } from 'vitest';
import { translateObjective } from '../../../../src/adapters/objectives/translate-objective.ts';
import { known } from '../../../../src/domain/reading.ts';

const ref = { kind: 'ServiceLevelObjective', name: 'checkout' } as const;
const PODS = 'namespace="$namespace",pod=~"$pods"';
const metric = (text: string) => ({ metric: text });

const ofIndicator = (indicator: object, spec: object = {}) => ({
  apiVersion: 'pyrra.dev/v1alpha1',
  kind: 'ServiceLevelObjective',
  metadata: { name: 'checkout', namespace: 'shop' },
  spec: { target: '99.5', window: '4w', indicator, ...spec },
});

const ratio = {
  errors: metric('grpc_server_handled_total{grpc_service="cart",grpc_code=~"Internal|Unavailable"}'),
  total: metric('grpc_server_handled_total{grpc_service="cart"}'),
  grouping: ['grpc_method'],
};

describe('an SLO of Pyrra', () => {
  it('with a ratio counts the increase of its counters, of all groups together', () => {
    expect(translateObjective(ofIndicator({ ratio }), ref)).toEqual(
      known({
        target: '99.5',
        timeWindow: '4w',
        ratioMetric: {
          bad: {
            query: `sum(increase(grpc_server_handled_total{grpc_service="cart",grpc_code=~"Internal|Unavailable",${PODS}}[$window]))`,
          },
          total: { query: `sum(increase(grpc_server_handled_total{grpc_service="cart",${PODS}}[$window]))` },
        },
      }),
    );
  });

  it('with a latency counts the fast requests as good', () => {
    const latency = {
      success: metric('request_seconds_bucket{le="0.25"}'),
      total: metric('request_seconds_count'),
    };
    expect(translateObjective(ofIndicator({ latency }), ref)).toMatchObject({
      value: {
        ratioMetric: {
          good: { query: `sum(increase(request_seconds_bucket{le="0.25",${PODS}}[$window]))` },
          total: { query: `sum(increase(request_seconds_count{${PODS}}[$window]))` },
        },
      },
    });
  });

  it('with a latency of a native histogram is a latencyMetric', () => {
    const latencyNative = { latency: '1s500ms', total: metric('request_seconds{job="cart",}') };
    expect(translateObjective(ofIndicator({ latencyNative }), ref)).toMatchObject({
      value: {
        latencyMetric: {
          histogram: 'request_seconds',
          type: 'Native',
          selector: `job="cart",${PODS}`,
          threshold: '1500ms',
        },
      },
    });
  });

  it.each([
    ['28d', '28d'],
    ['1w3d', '240h'],
    ['86400s', '24h'],
  ])('over %s has a window of %s', (window, timeWindow) => {
    expect(translateObjective(ofIndicator({ ratio }, { window }), ref)).toMatchObject({
      value: { timeWindow },
    });
  });

  it.each([
    ['its indicator is a gauge', { bool_gauge: metric('up') }, {}, 'NotSupported', 'counts no requests'],
    ['its window is a year', { ratio }, { window: '1y' }, 'NotSupported', '"1y" is no duration'],
    ['its window is no whole hours', { ratio }, { window: '90m' }, 'NotSupported', 'none of whole hours'],
    ['its target is a word', { ratio }, { target: 'high' }, 'ObjectiveInvalid', 'spec.target'],
    ['its target is 100', { ratio }, { target: '100' }, 'ObjectiveInvalid', 'the target is 100%'],
    [
      'its selector names pods',
      { ratio: { ...ratio, total: metric('x{pod=~"cart-.*"}') } },
      {},
      'NotSupported',
      'ratio.total: "x{pod=~"cart-.*"}" selects pods itself',
    ],
    [
      'its native histogram is an expression',
      { latencyNative: { latency: '1s', total: metric('sum(x)') } },
      {},
      'NotSupported',
      'latencyNative.total: must be the name of a metric',
    ],
  ])('is unknown where %s', (_, indicator, spec, reason, message) => {
    expect(translateObjective(ofIndicator(indicator, spec), ref)).toEqual({
      known: false,
      reason,
      message: expect.stringContaining(message),
    });
  });
});
