import { z } from 'zod';
import { cel, Decimal, DnsLabel, DnsSubdomain, TimeWindow } from './scalars.ts';

const Query = z.object({
  query: z.string().min(1).max(2048).meta({
    description:
      'PromQL that yields one number, a count over $window. Variables: $namespace $workload $track $pods $workloads $digest $window.',
  }),
});

const RatioMetric = z
  .object({
    bad: Query.optional().meta({
      description: 'Count of bad requests. Empty beside a positive total means zero.',
    }),
    good: Query.optional().meta({
      description:
        'Count of good requests, where the bad ones cannot be counted. Empty beside a positive total means zero; if it is empty on both sides, nothing is known.',
    }),
    total: Query.meta({ description: 'Count of all requests.' }),
  })
  .meta({
    description: 'Counts rather than a ratio: counts carry the sample size.',
    ...cel({ rule: 'has(self.bad) != has(self.good)', message: 'give either bad or good, beside total' }),
  });

/** A latency that people write: `300ms`, `0.3s`, `2s`. */
const Latency = z
  .string()
  .max(16)
  .regex(/^[0-9]{1,6}(\.[0-9]{1,6})?(ms|s)$/);

const Selector = z
  .string()
  .max(512)
  .regex(/^[^{}]*$/);

const LatencyMetric = z
  .object({
    histogram: z
      .string()
      .max(128)
      .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/)
      .meta({
        description: 'Name of the histogram, without _bucket, e.g. http_server_request_duration_seconds.',
      }),
    type: z.enum(['Classic', 'Native']).default('Classic').meta({
      description: 'Classic has a series for each bucket; Native has all buckets in one series.',
    }),
    selector: Selector.default('namespace="$namespace",pod=~"$pods"').meta({
      description: 'Label matchers of the series of one side, without braces.',
    }),
    threshold: Latency.meta({
      description:
        'Slower requests are bad, e.g. 300ms. For a Classic histogram it must be the boundary of a bucket.',
    }),
    unit: z.enum(['Seconds', 'Milliseconds']).default('Seconds').meta({
      description: 'What the histogram counts in.',
    }),
  })
  .meta({ description: 'Share of requests slower than a threshold, from a histogram.' });

const ThresholdMetric = z
  .object({
    query: z.string().min(1).max(2048).meta({
      description:
        'PromQL that yields one value, e.g. avg over the pods of the length of a queue. Variables as in ratioMetric; $window is the interval, and once in each it is sampled.',
    }),
    op: z.enum(['lte', 'lt', 'gte', 'gt']).default('lte').meta({
      description: 'How a good value relates to value.',
    }),
    value: Decimal.meta({ description: 'Bound of a good value, as text.' }),
  })
  .meta({
    description:
      'A value that must keep a bound, such as saturation. Each sample is good or bad; the values are compared with those of stable at the same time.',
  });

export const PRESETS = [
  'istio',
  'linkerd',
  'envoy-gateway',
  'nginx',
  'traefik',
  'otel-http',
  'grpc',
] as const;

const Preset = z
  .object({
    name: z.enum(PRESETS).meta({ description: 'Whose metrics.' }),
    threshold: Latency.optional().meta({
      description: 'Slower requests are bad, e.g. 300ms. Absent: failed requests are bad.',
    }),
    selector: Selector.optional().meta({
      description:
        'Further label matchers, without braces, e.g. route="/cart". nginx and traefik, which count by Service, need one with $track.',
    }),
  })
  .meta({ description: 'Queries that are known for a common source of metrics.' });

const ObjectiveRef = z
  .object({
    kind: z.enum(['PrometheusServiceLevel', 'ServiceLevelObjective', 'ConfigMap']).meta({
      description:
        'PrometheusServiceLevel is an object of Sloth, ServiceLevelObjective one of Pyrra; a ConfigMap holds an OpenSLO document.',
    }),
    name: DnsSubdomain.meta({ description: 'Name of the object, in the namespace of the release.' }),
    key: z
      .string()
      .max(253)
      .regex(/^[-._a-zA-Z0-9]+$/)
      .optional()
      .meta({ description: 'Key in the ConfigMap. Default: its only one.' }),
    slo: z.string().min(1).max(128).optional().meta({
      description: 'Name of the SLO, where the object or document has several.',
    }),
  })
  .meta({ description: 'An objective that is written down elsewhere, with its target and window.' });

const MEASURES = ['ratioMetric', 'latencyMetric', 'thresholdMetric', 'preset', 'objectiveRef'];

export const Objective = z
  .object({
    name: DnsLabel.meta({ description: 'Name, unique in the release; used in events, metrics and status.' }),
    target: Decimal.optional().meta({
      description:
        'Share of good requests in percent, as text, e.g. "99.9". Above 0 and below 100. With objectiveRef it is the one found there.',
      ...cel({
        rule: 'double(self) > 0.0 && double(self) < 100.0',
        message: 'target must be above 0 and below 100: at 100 there is no error budget to spend',
      }),
    }),
    timeWindow: TimeWindow.default('30d').meta({
      description:
        'Rolling window of the error budget, e.g. 30d. With objectiveRef it is the one found there.',
    }),
    ratioMetric: RatioMetric.optional(),
    latencyMetric: LatencyMetric.optional(),
    thresholdMetric: ThresholdMetric.optional(),
    preset: Preset.optional(),
    objectiveRef: ObjectiveRef.optional(),
  })
  .meta(
    cel(
      {
        rule: `[${MEASURES.map((measure) => `has(self.${measure})`).join(', ')}].filter(x, x).size() == 1`,
        message: `give exactly one of ${MEASURES.join(', ')}`,
      },
      {
        rule: 'has(self.target) != has(self.objectiveRef)',
        message: 'give a target; with objectiveRef, leave it out: it is the one found there',
      },
    ),
  );
export type Objective = z.infer<typeof Objective>;
