import { z } from 'zod';
import type { FoundObjective, ObjectiveRef } from '../../ports/objective-reader.ts';
import { countQuery } from './count-query.ts';
import { pickSlo } from './pick-slo.ts';
import { readShape } from './read-shape.ts';
import { DEFAULT_WINDOW, termsFrom } from './terms.ts';
import { TranslationError, within } from './translation-error.ts';

/** What is read of an object of Sloth. Source: the API sloth.slok.dev/v1 */
const PrometheusServiceLevel = z.object({
  spec: z.object({
    slos: z.array(
      z.object({
        name: z.string(),
        objective: z.number(),
        sli: z.object({
          events: z.object({ errorQuery: z.string(), totalQuery: z.string() }).optional(),
          raw: z.unknown().optional(),
        }),
      }),
    ),
  }),
});

/** The window of Sloth is a flag of its process, which is in no object: it is taken to be the default, 30 days. */
export function fromSloth(object: unknown, ref: ObjectiveRef): FoundObjective {
  const { spec } = readShape(PrometheusServiceLevel, object);
  const { name, objective, sli } = pickSlo(spec.slos, ref.slo);
  return within(`SLO ${name}`, () => ({
    ...termsFrom(objective, DEFAULT_WINDOW),
    ratioMetric: ratioOf(sli),
  }));
}

function ratioOf({ events, raw }: { readonly events?: Events | undefined; readonly raw?: unknown }) {
  if (!events)
    throw new TranslationError(
      'NotSupported',
      raw === undefined
        ? 'its SLI is that of a plugin, whose queries are in no object; write sli.events, or ratioMetric here'
        : 'sli.raw is a ratio, which does not say of how many requests; write sli.events, or ratioMetric here',
    );
  const count = (field: keyof Events) => within(field, () => countQuery(events[field], { counters: false }));
  return { bad: { query: count('errorQuery') }, total: { query: count('totalQuery') } };
}

interface Events {
  readonly errorQuery: string;
  readonly totalQuery: string;
}
