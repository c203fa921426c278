import { z } from 'zod';
import { cel, Duration, longerThanZero } from './scalars.ts';

const CanaryStep = z
  .object({
    weight: z.int().min(1).max(50).meta({
      description:
        'Share of the traffic in percent, 1 to 50. The share is made by replica count, so a canary above 50 % would need more pods than the workload has; promotion is the step to 100 %.',
    }),
    duration: Duration.optional().meta({
      description:
        'Shortest time at this weight, e.g. 5m, counted from when all canary pods of the step are available.',
      ...longerThanZero('duration'),
    }),
    minDuration: Duration.optional().meta({
      description: 'With advance: WhenProven, the step lasts at least this long, e.g. 2m. Default: 1m.',
      ...longerThanZero('minDuration'),
    }),
    approval: z.boolean().optional().meta({
      description: 'Wait for a person: the step ends when artifactrelease.dev/approve names the digest.',
    }),
  })
  .meta(
    cel({
      rule: 'has(self.duration) || (has(self.approval) && self.approval)',
      message: 'a step needs a duration, or approval: true',
    }),
  );

const PatchOperation = z
  .object({
    op: z
      .enum(['add', 'remove', 'replace', 'move', 'copy', 'test'])
      .meta({ description: 'RFC 6902 operation.' }),
    path: z
      .string()
      .max(512)
      .regex(/^(\/[^/]*)+$/)
      .meta({ description: 'JSON pointer below the pod template, e.g. /spec/containers/0/env/-.' }),
    from: z
      .string()
      .max(512)
      .regex(/^(\/[^/]*)+$/)
      .optional()
      .meta({ description: 'Source pointer of move and copy.' }),
    value: z.unknown().optional().meta({
      description: 'Value of add, replace and test.',
      'x-kubernetes-preserve-unknown-fields': true,
    }),
  })
  .meta(
    cel({
      rule: "!(self.op in ['move', 'copy']) || has(self.from)",
      message: 'move and copy need from',
    }),
  );

const DEFAULT_STEPS = [
  { weight: 10, duration: '5m' },
  { weight: 25, duration: '5m' },
  { weight: 50, duration: '10m' },
];

export const Canary = z
  .object({
    steps: z
      .array(CanaryStep)
      .min(1)
      .max(10)
      .default(DEFAULT_STEPS)
      .meta({
        description: 'Weights on the way to promotion, strictly rising.',
        'x-kubernetes-list-type': 'atomic',
        ...cel({
          rule: 'self.map(s, s.weight).isSorted() && self.all(s, self.exists_one(t, t.weight == s.weight))',
          message: 'weights must be strictly rising',
        }),
      }),
    schedule: z.enum(['Steps', 'Auto']).default('Steps').meta({
      description:
        'Auto computes weights and durations from the traffic of the last six hours, the targets and analysis.budgetLimit; steps is what is done where that traffic is not known.',
    }),
    advance: z.enum(['OnSchedule', 'WhenProven']).default('OnSchedule').meta({
      description:
        'WhenProven ends a step before its duration is over, once the counts prove that the candidate keeps every objective.',
    }),
    patches: z.array(PatchOperation).max(32).optional().meta({
      description:
        'RFC 6902 operations applied to the pod template of the canary, e.g. to add an environment variable. The image cannot be changed by a patch.',
      'x-kubernetes-list-type': 'atomic',
    }),
    progressDeadline: Duration.default('10m').meta({
      description:
        'Longest time for pods to become available, at a canary step and at promotion; then roll back.',
      ...longerThanZero('progressDeadline'),
    }),
  })
  .meta({ description: 'How the digest is tried before it is promoted.' });
