import { z } from 'zod';
import type { Objective } from '../../api/objective-spec.ts';
import { Decimal } from '../../api/scalars.ts';
import type { FoundObjective, ObjectiveRef } from '../../ports/objective-reader.ts';
import { countQuery, valueQuery } from './count-query.ts';
import { type OpenSloDocuments, openSloDocuments } from './openslo-documents.ts';
import { pickSlo } from './pick-slo.ts';
import { readShape } from './read-shape.ts';
import { DEFAULT_WINDOW, decimalText, termsFrom } from './terms.ts';
import { TranslationError, within } from './translation-error.ts';

const Metric = z.object({
  metricSource: z.object({ type: z.string().optional(), spec: z.object({ query: z.string().optional() }) }),
});
type Metric = z.infer<typeof Metric>;

const Indicator = z.object({
  spec: z.object({
    ratioMetric: z
      .object({
        counter: z.boolean().default(false),
        good: Metric.optional(),
        bad: Metric.optional(),
        total: Metric.optional(),
      })
      .optional(),
    thresholdMetric: Metric.optional(),
  }),
});
type Indicator = z.infer<typeof Indicator>['spec'];

const Threshold = z.object({
  op: z.enum(['lte', 'lt', 'gte', 'gt']).optional(),
  value: z.number().optional(),
  target: z.number().optional(),
  targetPercent: z.number().optional(),
});
type Threshold = z.infer<typeof Threshold>;

/** What is read of an SLO. Source: https://github.com/OpenSLO/OpenSLO, version v1 */
const Slo = z.object({
  spec: z.object({
    indicator: Indicator.optional(),
    indicatorRef: z.string().optional(),
    timeWindow: z
      .array(
        z.object({
          duration: z.string().max(64),
          isRolling: z.boolean().optional(),
          calendar: z.unknown().optional(),
        }),
      )
      .max(1)
      .default([]),
    budgetingMethod: z.string(),
    objectives: z.array(Threshold),
  }),
});
type Slo = z.infer<typeof Slo>['spec'];

/** The data source that a metric names is not looked at: the release says which Prometheus is asked. */
export function fromOpenSlo(configMap: unknown, ref: ObjectiveRef): FoundObjective {
  const documents = openSloDocuments(configMap, ref);
  const { name, content } = pickSlo(
    documents.asked.filter(({ kind }) => kind === 'SLO'),
    ref.slo,
  );
  return within(`SLO ${name}`, () => {
    const { spec } = readShape(Slo, content);
    const threshold = onlyThreshold(spec);
    return {
      ...termsFrom(targetPercent(threshold), windowOf(spec)),
      ...measureOf(indicatorOf(spec, documents), threshold),
    };
  });
}

function onlyThreshold({ budgetingMethod, objectives }: Slo): Threshold {
  if (budgetingMethod !== 'Occurrences')
    throw new TranslationError(
      'NotSupported',
      `its budgetingMethod is ${budgetingMethod}, which judges time and not requests; only Occurrences is supported`,
    );
  const [only, ...others] = objectives;
  if (!only || others.length > 0)
    throw new TranslationError(
      'NotSupported',
      `it has ${objectives.length} objectives; give it one, and each other one an SLO of its own`,
    );
  return only;
}

function targetPercent({ target, targetPercent: percent }: Threshold): number {
  if (percent !== undefined) return percent;
  if (target !== undefined) return Number(decimalText(target * 100));
  throw new TranslationError('ObjectiveInvalid', 'its objective has neither target nor targetPercent');
}

/** A window that is aligned to the calendar spends its budget at another pace every day of it. */
function windowOf({ timeWindow: [window] }: Slo): string {
  if (!window) return DEFAULT_WINDOW;
  if (window.calendar !== undefined || window.isRolling === false)
    throw new TranslationError(
      'NotSupported',
      'its timeWindow is aligned to the calendar; only rolling ones are supported',
    );
  return window.duration;
}

function indicatorOf({ indicator, indicatorRef }: Slo, documents: OpenSloDocuments): Indicator {
  if (indicator) return indicator.spec;
  if (indicatorRef === undefined)
    throw new TranslationError('ObjectiveInvalid', 'it has neither indicator nor indicatorRef');
  const found = documents.all().find(({ kind, name }) => kind === 'SLI' && name === indicatorRef);
  if (!found)
    throw new TranslationError(
      'ObjectiveNotFound',
      `there is no SLI ${indicatorRef} beside it; put it into the same ConfigMap`,
    );
  return within(`SLI ${indicatorRef}`, () => readShape(Indicator, found.content).spec);
}

function measureOf(
  { ratioMetric, thresholdMetric }: Indicator,
  threshold: Threshold,
): Pick<Objective, 'ratioMetric' | 'thresholdMetric'> {
  if (thresholdMetric) return { thresholdMetric: thresholdOf(thresholdMetric, threshold) };
  if (!ratioMetric)
    throw new TranslationError('ObjectiveInvalid', 'it has neither ratioMetric nor thresholdMetric');
  const { counter, good, bad, total } = ratioMetric;
  if (!total || Boolean(good) === Boolean(bad))
    throw new TranslationError(
      'NotSupported',
      'its ratioMetric does not count; give total, and either good or bad, in place of raw',
    );
  const count = (place: string, metric: Metric) =>
    within(place, () => ({ query: countQuery(queryOf(metric), { counters: counter }) }));
  return {
    ratioMetric: {
      ...(bad && { bad: count('bad', bad) }),
      ...(good && { good: count('good', good) }),
      total: count('total', total),
    },
  };
}

function thresholdOf(metric: Metric, { op, value }: Threshold): NonNullable<Objective['thresholdMetric']> {
  const bound = Decimal.safeParse(value === undefined ? undefined : decimalText(value));
  if (!op || !bound.success)
    throw new TranslationError(
      'ObjectiveInvalid',
      'its objective must have op and a value from 0 to 999999, for its metric is a thresholdMetric',
    );
  return { query: within('thresholdMetric', () => valueQuery(queryOf(metric))), op, value: bound.data };
}

function queryOf({ metricSource: { type = 'Prometheus', spec } }: Metric): string {
  if (type.toLowerCase() !== 'prometheus')
    throw new TranslationError('NotSupported', `is for ${type}; only Prometheus is asked here`);
  if (spec.query !== undefined) return spec.query;
  throw new TranslationError('ObjectiveInvalid', 'has no query in metricSource.spec');
}
