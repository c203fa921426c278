import { z } from 'zod';
import { Candidate } from './candidate-status.ts';
import { ConditionReason, ConditionType } from './conditions.ts';
import { ObjectiveTerms } from './objective-terms.ts';
import { MAX_RESTORED, ProtectionStatus, RestoredDigest } from './protection-status.ts';
import { Digest, DnsLabel, DnsSubdomain, Person, Timestamp, Version } from './scalars.ts';
import { VerificationRecord } from './verification-status.ts';

export const PHASES = [
  'Pending',
  'Verifying',
  'Progressing',
  'Holding',
  'Paused',
  'Promoting',
  'Baking',
  'Healthy',
  'RollingBack',
  'RolledBack',
  'Blocked',
  'Suspended',
] as const;

const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

const count = () => z.number().min(0);

const Stable = z
  .object({
    digest: Digest.meta({ description: 'Digest that a roll-back returns to.' }),
    version: Version.optional().meta({ description: 'Its name for people.' }),
    promotedAt: Timestamp.optional().meta({
      description: 'When it was promoted; absent for an adopted digest.',
    }),
  })
  .meta({ description: 'The last digest that passed everything, or the one found at adoption.' });

const Pin = z.object({
  kind: z.literal('Deployment').meta({ description: 'Kind of the workload.' }),
  name: DnsSubdomain.meta({ description: 'Name of the workload.' }),
  container: DnsLabel.meta({ description: 'Container or init container.' }),
  image: z.string().max(512).meta({ description: 'Image that the API server keeps there.' }),
});

export const Totals = z.object({
  bad: count().meta({ description: 'Bad requests of the candidate.' }),
  total: count().meta({ description: 'Requests of the candidate.' }),
  stableBad: count().meta({ description: 'Bad requests of stable in the same time.' }),
  stableTotal: count().meta({ description: 'Requests of stable in the same time.' }),
  seconds: count().meta({ description: 'Length of that time in seconds.' }),
  clumps: count().optional().meta({
    description: 'Bad requests of the candidate, those that came at once counted as one.',
  }),
  higher: count().optional().meta({
    description: 'Of a thresholdMetric: samples in which the candidate was further from good than stable.',
  }),
  lower: count().optional().meta({
    description: 'Of a thresholdMetric: samples in which stable was further from good than the candidate.',
  }),
});

const ObjectiveAnalysis = z.object({
  objective: DnsLabel.meta({ description: 'Name of the objective.' }),
  evaluatedAt: Timestamp.meta({ description: 'Time of the last recorded evaluation.' }),
  terms: ObjectiveTerms.optional().meta({
    description: 'What it was judged by, where it is written down elsewhere.',
  }),
  current: Totals.meta({ description: 'Counts since the start of the current step, or of the bake.' }),
  carried: Totals.optional().meta({
    description:
      'The part of current that is from before a suspension, after which the clock was started anew.',
  }),
  steps: z.array(Totals).max(10).meta({
    description: 'Counts of the steps before.',
    'x-kubernetes-list-type': 'atomic',
  }),
  suspect: z.boolean().optional().meta({
    description:
      'More bad requests were new at that evaluation than the objective allows: until the next one they are looked at more often.',
  }),
  burnRate: count()
    .optional()
    .meta({ description: 'Error-budget burn rate of the candidate in the current step.' }),
  evidence: count().meta({
    description: 'Evidence against the candidate, in percent of what a roll-back needs.',
  }),
  verdict: z.enum(['Pass', 'Hold', 'RollBack']).meta({ description: 'What this objective says.' }),
  reason: ConditionReason.meta({ description: 'Why.' }),
});

const HistoryEntry = z.object({
  digest: Digest.meta({ description: 'Digest that was tried.' }),
  version: Version.optional().meta({ description: 'Its name for people.' }),
  attempt: z.int().min(1).meta({ description: 'Which trial of this digest.' }),
  verdict: z
    .enum(['Promoted', 'RolledBack', 'Aborted', 'Superseded', 'Adopted'])
    .meta({ description: 'How it ended.' }),
  reason: ConditionReason.meta({ description: 'Why it ended so.' }),
  startedAt: Timestamp.meta({ description: 'Start of the trial.' }),
  finishedAt: Timestamp.meta({ description: 'End of the trial.' }),
  message: z.string().max(320).optional().meta({
    description: 'The numbers behind it, where the digest was left.',
  }),
  budgetSpent: count().optional().meta({ description: 'Error budget spent, in percent of its window.' }),
  approvedBy: Person.optional().meta({ description: 'Who approved, aborted or asked for it.' }),
});

const Condition = z.object({
  type: ConditionType.meta({ description: 'Condition.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Its state.' }),
  observedGeneration: z.int().min(0).meta({ description: 'Generation that it speaks of.' }),
  lastTransitionTime: Timestamp.meta({ description: 'When the state last changed.' }),
  reason: ConditionReason.meta({ description: 'Why, for machines.' }),
  message: z.string().max(1024).meta({ description: 'Why, for people.' }),
});

export const Status = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .meta({ description: 'Generation of the spec that this status answers.' }),
    phase: Phase.meta({ description: 'Where the release is.' }),
    phaseStartedAt: Timestamp.meta({ description: 'Since when.' }),
    message: z.string().max(1024).meta({ description: 'What is awaited, and until when.' }),
    stable: Stable.optional(),
    candidate: Candidate.optional(),
    hold: z
      .object({
        reason: ConditionReason.meta({ description: 'What is missing.' }),
        since: Timestamp.meta({ description: 'Since when; maxHold counts from here.' }),
      })
      .optional()
      .meta({ description: 'Present while the release waits for data that decides.' }),
    failure: z
      .object({
        digest: Digest.meta({ description: 'Digest that is left.' }),
        since: Timestamp.meta({ description: 'When that was decided.' }),
        verdict: z.enum(['RolledBack', 'Aborted', 'Superseded']).meta({ description: 'How it ends.' }),
        reason: ConditionReason.meta({ description: 'Why.' }),
        message: z.string().max(768).meta({ description: 'The numbers behind it.' }),
        by: Person.optional().meta({ description: 'Who asked for it, where a person did.' }),
      })
      .optional()
      .meta({ description: 'Present from the decision to roll back until stable runs everywhere.' }),
    suspended: Phase.optional().meta({ description: 'Phase to return to when suspend is lifted.' }),
    acted: z.array(z.string().max(63)).max(8).optional().meta({
      description: 'Annotations that have been acted upon and are about to be removed.',
      'x-kubernetes-list-type': 'set',
    }),
    pins: z
      .array(Pin)
      .max(128)
      .optional()
      .meta({
        description:
          'Images that the workloads must have. Written before a workload is touched; read by admission.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['kind', 'name', 'container'],
      }),
    analysis: z
      .array(ObjectiveAnalysis)
      .max(5)
      .optional()
      .meta({
        description: 'Counts and verdict of each objective.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['objective'],
      }),
    budget: z
      .object({
        spentPercent: count().meta({
          description: 'Spent by this release, in percent of the budget of the window.',
        }),
      })
      .optional()
      .meta({ description: 'Error budget: the objective that has spent most.' }),
    verification: VerificationRecord.optional(),
    protection: ProtectionStatus.optional(),
    restored: z
      .array(RestoredDigest)
      .max(MAX_RESTORED)
      .optional()
      .meta({
        description: 'Archived digests that people have asked for, newest first.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['digest'],
      }),
    history: z.array(HistoryEntry).max(10).optional().meta({
      description: 'Ten trials, newest first: the last ones, and those of digests that may be returned to.',
      'x-kubernetes-list-type': 'atomic',
    }),
    summary: z
      .object({
        stable: z.string().max(16).optional().meta({ description: 'Stable digest, short.' }),
        candidate: z
          .string()
          .max(16)
          .optional()
          .meta({ description: 'Digest under trial, or asked for and not stable, short.' }),
        step: z.string().max(8).optional().meta({ description: 'Step of steps.' }),
        weight: z.string().max(8).optional().meta({ description: 'Weight in force.' }),
        burn: z.string().max(16).optional().meta({ description: 'Highest burn rate among the objectives.' }),
        version: Version.optional().meta({
          description: 'Version under trial, else of stable, else asked for.',
        }),
      })
      .meta({ description: 'For printer columns.' }),
    conditions: z
      .array(Condition)
      .max(8)
      .meta({
        description: 'Ready, Reconciling and Stalled follow kstatus.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
      }),
  })
  .meta({ description: 'Observed release.' });

export type Status = z.infer<typeof Status>;
export type Stable = z.infer<typeof Stable>;
export type { Candidate } from './candidate-status.ts';
export type Pin = z.infer<typeof Pin>;
export type Totals = z.infer<typeof Totals>;
export type ObjectiveAnalysis = z.infer<typeof ObjectiveAnalysis>;
export type HistoryEntry = z.infer<typeof HistoryEntry>;
export type Condition = z.infer<typeof Condition>;
