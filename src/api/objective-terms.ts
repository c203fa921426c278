import { z } from 'zod';
import { Decimal, TimeWindow } from './scalars.ts';

/** What an objective promises, as it was written where it was judged by it. */
export const ObjectiveTerms = z.object({
  target: Decimal.meta({ description: 'Share of good requests in percent.' }),
  timeWindow: TimeWindow.meta({ description: 'Rolling window of the error budget.' }),
});
