import { z } from 'zod';
import { cel, Decimal, DnsLabel, Duration, longerThanZero } from './scalars.ts';

export const Analysis = z
  .object({
    source: DnsLabel.default('default').meta({
      description: 'Name of a Prometheus in the configuration of the operator.',
    }),
    interval: Duration.default('30s').meta({
      description:
        'Time between two evaluations, at least 1s. After one that finds more bad requests than the objective allows, the next come in a fifth of it.',
      ...cel({ rule: "duration(self) >= duration('1s')", message: 'interval must be at least 1s' }),
    }),
    confidence: Decimal.default('0.99').meta({
      description:
        'A good release is rolled back with probability at most 1 - confidence. From 0.5 to below 1.',
      ...cel({
        rule: 'double(self) >= 0.5 && double(self) < 1.0',
        message: 'confidence must be at least 0.5 and below 1',
      }),
    }),
    maxBurnRate: Decimal.default('1').meta({
      description:
        'Burn of the error budget that is still acceptable; 1 spends the budget in exactly its window.',
      ...cel({ rule: 'double(self) > 0.0', message: 'maxBurnRate must be above 0' }),
    }),
    maxHold: Duration.default('30m').meta({
      description: 'Longest wait for data that decides; then onHoldExpired.',
      ...longerThanZero('maxHold'),
    }),
    onHoldExpired: z
      .enum(['Pause', 'Rollback'])
      .default('Pause')
      .meta({ description: 'What ends a hold that lasted maxHold: Pause waits for a person.' }),
    serviceBurn: z.enum(['Hold', 'Rollback', 'Ignore']).default('Hold').meta({
      description:
        'When the whole service burns a budget of 30d 14.4 times too fast over 5m and 1h, or 6 times over 30m and 6h, while a release is in flight or baking: Hold waits, Rollback returns to stable. With either, no canary starts while stable burns. A release with fix: true ignores it.',
    }),
    exhaustedBudget: z.enum(['Block', 'Ignore']).default('Block').meta({
      description:
        'While the error budget of an objective is spent: Block starts no canary until less than all of it is, which takes up to timeWindow. A release that mends the service starts with fix: true; rollback-to is never stopped. Costs a query over timeWindow for each objective before a canary starts, and one in ten minutes while it is blocked.',
    }),
    budgetLimit: Decimal.default('2').meta({
      description: 'Part of the error budget of the window, in percent, that one release may spend.',
      ...cel({
        rule: 'double(self) > 0.0 && double(self) <= 100.0',
        message: 'budgetLimit must be above 0, up to 100',
      }),
    }),
  })
  .meta({ description: 'How the objectives are judged.' });
