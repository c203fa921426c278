import { z } from 'zod';
import { Totals } from '../api/artifact-release-status.ts';
import { Clumping } from '../api/candidate-status.ts';
import { ConditionReason } from '../api/conditions.ts';
import { ObjectiveTerms } from '../api/objective-terms.ts';
import { PROTECTION_MODES } from '../api/protection-spec.ts';
import { ArchivedDigest, UpkeepProblem } from '../api/protection-status.ts';
import { Digest } from '../api/scalars.ts';
import { VerificationRecord } from '../api/verification-status.ts';
import type { Observation } from '../domain/observation.ts';

/** As `plain` writes it. */
const instant = z.iso.datetime().transform((text) => new Date(text));
const mapOf = <V>(key: z.ZodType<string>, value: z.ZodType<V>) =>
  z.array(z.tuple([key, value])).transform((entries) => new Map<string, V>(entries));

const doubt = { reason: ConditionReason, message: z.string() };
const check = { state: z.enum(['Satisfied', 'Refused', 'Unknown']), ...doubt };
const readingOf = <T>(value: z.ZodType<T>) =>
  z.discriminatedUnion('known', [
    z.object({ known: z.literal(true), value }),
    z.object({ known: z.literal(false), ...doubt }),
  ]);

const count = z.number().min(0);
const pods = z.int().min(0);

const Workload = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int(),
  observedGeneration: z.int(),
  replicas: pods,
  currentReplicas: pods,
  updatedReplicas: pods,
  availableReplicas: pods,
  paused: z.boolean(),
  containers: z.array(z.object({ name: z.string(), image: z.string(), init: z.boolean() })),
  templateHash: z.string(),
  madeFrom: z.string().exactOptional(),
  ownerUid: z.string().exactOptional(),
  selector: z.string(),
});

const Target = z.object({
  name: z.string(),
  workload: Workload.exactOptional(),
  canary: Workload.exactOptional(),
  running: mapOf(z.string(), readingOf(Digest)),
  podTrouble: z.object({ why: z.string().exactOptional(), crashLooping: z.boolean() }).exactOptional(),
});

const Proof = z.object({
  ...check,
  pending: z.boolean().exactOptional(),
  until: instant.exactOptional(),
  record: VerificationRecord.exactOptional(),
  revocations: z
    .array(z.object({ revocation: z.string(), action: z.enum(['Rollback', 'Report']), message: z.string() }))
    .exactOptional(),
});

const ProtectionCheck = z.object({
  ...check,
  pending: z.boolean().exactOptional(),
  members: z.int().min(0).exactOptional(),
});

const Baselines = z.object({
  digest: Digest,
  until: z.iso.datetime(),
  readings: mapOf(
    z.string(),
    readingOf(
      Clumping.extend({ terms: ObjectiveTerms.exactOptional(), bad: count, total: count, seconds: count }),
    ),
  ),
});

const Window = z.object({ count: readingOf(z.object({ bad: count, total: count })), seconds: count });

const Services = mapOf(z.string(), z.object({ terms: ObjectiveTerms, windows: mapOf(z.string(), Window) }));

const ServiceBurn = z.object({
  scope: z.enum(['Door', 'Trial']),
  trial: z.iso.datetime(),
  services: Services,
});

/** What a pass saw, from its JSON. */
export const RecordedObservation: z.ZodType<Observation> = z.object({
  targets: z.array(Target),
  strays: z.array(Workload),
  claims: z.array(
    z.object({ release: z.string(), target: z.string(), precedes: z.boolean(), pins: z.boolean() }),
  ),
  verification: mapOf(Digest, Proof),
  protection: mapOf(Digest, ProtectionCheck),
  protectionState: z
    .object({
      mode: z.enum(PROTECTION_MODES),
      archived: z.array(ArchivedDigest),
      problems: z.array(UpkeepProblem),
      orphaned: z.boolean(),
    })
    .exactOptional(),
  counts: z
    .object({
      from: z.iso.datetime(),
      totals: mapOf(z.string(), readingOf(Totals)),
      terms: mapOf(z.string(), ObjectiveTerms).exactOptional(),
    })
    .exactOptional(),
  baselines: Baselines.exactOptional(),
  serviceBurn: ServiceBurn.exactOptional(),
  serviceBudgets: Services.exactOptional(),
  writeFailure: z.object(doubt).exactOptional(),
});
