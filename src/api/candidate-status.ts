import { z } from 'zod';
import { Digest, DnsSubdomain, Person, Timestamp, Version } from './scalars.ts';

export const Candidate = z
  .object({
    digest: Digest.meta({ description: 'Digest under trial.' }),
    version: Version.optional().meta({ description: 'Its name for people.' }),
    attempt: z
      .int()
      .min(1)
      .meta({ description: 'Which trial of this digest this is; retry starts another.' }),
    startedAt: Timestamp.meta({ description: 'Start of the trial.' }),
    step: z.int().min(0).meta({ description: 'Index of the canary step, from 0.' }),
    weight: z
      .int()
      .min(0)
      .max(100)
      .meta({ description: 'Weight in percent that is in force: the truth, not a mirror.' }),
    stageEnteredAt: Timestamp.meta({
      description:
        'When the current step, the promotion or the bake was entered; progressDeadline counts from here.',
    }),
    stepStartedAt: Timestamp.optional().meta({
      description:
        'When all pods of the step, or of the bake, were first available; its duration and its counts start here.',
    }),
    approvedStep: z.int().min(0).optional().meta({ description: 'Step that a person approved last.' }),
    approvedBy: Person.optional().meta({ description: 'Who approved last, where it is known.' }),
    waivedBy: Person.optional().meta({
      description: 'Who let it go on although there was no digest ready that a roll-back could return to.',
    }),
    replicas: z
      .array(
        z.object({
          name: DnsSubdomain.meta({ description: 'Target.' }),
          count: z.int().min(0).meta({ description: 'Canary replicas, fixed at the start of the step.' }),
        }),
      )
      .max(16)
      .meta({
        description: 'Canary size of each target.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
  })
  .meta({ description: 'The digest on its way to promotion; kept until its bake is over.' });
export type Candidate = z.infer<typeof Candidate>;
