import { z } from 'zod';
import { Decimal } from '../../api/scalars.ts';
import type { FoundObjective } from '../../ports/objective-reader.ts';
import { countQuery, plainSelector } from './count-query.ts';
import { milliseconds } from './prometheus-duration.ts';
import { readShape } from './read-shape.ts';
import { termsFrom } from './terms.ts';
import { TranslationError, within } from './translation-error.ts';

const Metric = z.object({ metric: z.string() });

/** What is read of an object of Pyrra. Source: the API pyrra.dev/v1alpha1 */
const ServiceLevelObjective = z.object({
  spec: z.object({
    target: Decimal,
    window: z.string().max(64),
    indicator: z.object({
      ratio: z.object({ errors: Metric, total: Metric }).optional(),
      latency: z.object({ success: Metric, total: Metric }).optional(),
      latencyNative: z.object({ latency: z.string().max(64), total: Metric }).optional(),
    }),
  }),
});
type Indicator = z.infer<typeof ServiceLevelObjective>['spec']['indicator'];

/** Grouping is not looked at: the requests of all groups are counted together. */
export function fromPyrra(object: unknown): FoundObjective {
  const { spec } = readShape(ServiceLevelObjective, object);
  return { ...termsFrom(Number(spec.target), spec.window), ...measureOf(spec.indicator) };
}

function measureOf({
  ratio,
  latency,
  latencyNative,
}: Indicator): Omit<FoundObjective, 'target' | 'timeWindow'> {
  if (ratio) {
    const [bad, total] = [counter('ratio.errors', ratio.errors), counter('ratio.total', ratio.total)];
    return { ratioMetric: { bad, total } };
  }
  if (latency) {
    const [good, total] = [
      counter('latency.success', latency.success),
      counter('latency.total', latency.total),
    ];
    return { ratioMetric: { good, total } };
  }
  if (latencyNative) return nativeLatency(latencyNative);
  throw new TranslationError(
    'NotSupported',
    'its indicator counts no requests; only ratio, latency and latencyNative do',
  );
}

const counter = (place: string, { metric }: z.infer<typeof Metric>) => ({
  query: within(place, () => countQuery(metric, { counters: true })),
});

function nativeLatency({ latency, total }: NonNullable<Indicator['latencyNative']>) {
  const { metric, matchers } = within('latencyNative.total', () => plainSelector(total.metric));
  const threshold = within('latencyNative.latency', () => `${milliseconds(latency)}ms`);
  return {
    latencyMetric: { histogram: metric, type: 'Native', selector: matchers, threshold, unit: 'Seconds' },
  } as const;
}
