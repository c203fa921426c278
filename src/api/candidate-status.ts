import { z } from 'zod';
import { ObjectiveTerms } from './objective-terms.ts';
import { Digest, DnsLabel, DnsSubdomain, Duration, Person, Timestamp, Version } from './scalars.ts';

const count = () => z.number().min(0);

export const Clumping = z
  .object({
    dispersion: z.number().min(1).meta({
      description: 'Variance by mean of the counts of bad requests: 1 where they come one by one.',
    }),
    clump: z.number().min(1).meta({
      description: 'As many bad requests as come at one look are counted as one.',
    }),
  })
  .meta({ description: 'How bad requests came in the hours before, or what is presumed of it.' });

const Baseline = Clumping.extend({
  objective: DnsLabel.meta({ description: 'Name of the objective.' }),
  terms: ObjectiveTerms.optional().meta({
    description: 'What it promised then, where it is written down elsewhere.',
  }),
  bad: count().meta({ description: 'Bad requests of the service.' }),
  total: count().meta({ description: 'Requests of the service.' }),
  seconds: count().meta({
    description: 'Length of those hours in seconds, without the time before the first request.',
  }),
});
export type Baseline = z.infer<typeof Baseline>;

const Plan = z
  .object({
    steps: z
      .array(
        z.object({
          weight: z.int().min(1).max(50).meta({ description: 'Share of the traffic in percent.' }),
          duration: Duration.meta({ description: 'Shortest time at this weight.' }),
        }),
      )
      .min(1)
      .max(10)
      .meta({
        description: 'What is done in place of spec.canary.steps.',
        'x-kubernetes-list-type': 'atomic',
      }),
    expectedDuration: Duration.meta({ description: 'Time from the first step to promotion, without holds.' }),
    worstCaseSpend: count().meta({
      description:
        'Part of the error budget in percent that a candidate which fails every request spends before it is rolled back.',
    }),
  })
  .meta({ description: 'The schedule that was computed, with schedule: Auto.' });
export type Plan = z.infer<typeof Plan>;

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
    baselines: z
      .array(Baseline)
      .max(5)
      .optional()
      .meta({
        description: 'The service in the six hours before the trial, by objective, where that is known.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['objective'],
      }),
    plan: Plan.optional(),
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
