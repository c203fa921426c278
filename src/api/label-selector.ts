import { z } from 'zod';

const LabelValue = z.string().max(63);

const Expression = z.object({
  key: z.string().min(1).max(317).meta({ description: 'Key of the label.' }),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).meta({ description: 'How it is compared.' }),
  values: z.array(LabelValue).max(32).optional().meta({
    description: 'Values for In and NotIn.',
    'x-kubernetes-list-type': 'set',
  }),
});

/** As Kubernetes has it: every label and every expression must match; an empty selector matches everything. */
export const LabelSelector = z.object({
  matchLabels: z.record(z.string().max(317), LabelValue).optional().meta({
    maxProperties: 32,
    description: 'Labels that must have these values.',
  }),
  matchExpressions: z.array(Expression).max(32).optional().meta({
    description: 'Conditions that must all hold.',
    'x-kubernetes-list-type': 'atomic',
  }),
});
export type LabelSelector = z.infer<typeof LabelSelector>;
