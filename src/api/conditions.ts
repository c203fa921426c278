import { z } from 'zod';
import { PROTECTION_REASONS } from './protection-reasons.ts';
import { DOUBTS, REFUSALS } from './verification-reasons.ts';

/** Condition types. Ready, Reconciling and Stalled are kstatus; the rest say which part of a release is meant. */
export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Verified',
  'Protected',
  'RollbackReady',
  'Progressing',
  'Healthy',
] as const;
export const ConditionType = z.enum(CONDITION_TYPES);
export type ConditionType = z.infer<typeof ConditionType>;

/**
 * Every reason that conditions, holds, history and events use. They are API: alerts and scripts match on them,
 * so an entry is never renamed.
 */
export const REASONS = [
  // where a release is
  'Pending',
  'Verifying',
  'Progressing',
  'Promoting',
  'Baking',
  'Promoted',
  'Adopted',
  'RollingBack',
  'RolledBack',
  'Suspended',
  'AwaitingApproval',
  // what stops it until somebody acts
  'InvalidSpec',
  'DigestRefused',
  'DuplicateTarget',
  // what is missing
  'DeploymentNotFound',
  'ContainerNotFound',
  'TooManyContainers',
  'StableUnknown',
  'TargetsDiffer',
  'NoReplicas',
  // verification and protection
  'NotRequired',
  'NotConfigured',
  'NotSupported',
  'Verified',
  'VerificationFailed',
  'VerificationUnknown',
  ...PROTECTION_REASONS,
  ...REFUSALS,
  ...DOUBTS,
  'NoSafeDigest',
  // analysis
  'WithinBudget',
  'NotWorseThanStable',
  'NoObjectives',
  'Measuring',
  'InsufficientTraffic',
  'Inconclusive',
  'ServiceBurning',
  'NoData',
  'NotANumber',
  'AmbiguousResult',
  'StaleData',
  'QueryInvalid',
  'QueryFailed',
  'MetricsUnavailable',
  'SourceNotFound',
  'ObjectiveNotFound',
  'ObjectiveInvalid',
  'ObjectiveUnavailable',
  'HoldExpired',
  'ErrorBudgetBurn',
  'BudgetLimitExceeded',
  // the service has no error budget left, so no canary begins but that of a release with fix: true
  'BudgetExhausted',
  // workloads
  'ProgressDeadlineExceeded',
  'WaitingForPods',
  'CanaryPatchFailed',
  'CanaryNameTaken',
  'WriteFailed',
  'DriftCorrected',
  // people
  'Approved',
  'Aborted',
  'Retried',
  'PromotedByRequest',
  'RollbackRequested',
  'CommandRefused',
  'Superseded',
  'Cancelled',
  // events only
  'ReleaseStarted',
  'StepCompleted',
  'HoldStarted',
  'HoldEnded',
  'Paused',
  'Resumed',
  'Healthy',
] as const;
export type Reason = (typeof REASONS)[number];

/**
 * The pattern of metav1.Condition. It is not an enum: an operator that is newer than its CRD, or older than the one
 * that stored a status, must neither be refused nor fail to read it. Code writes nothing but an `R`; what it reads
 * may be another one, so nothing may rely on having a case for each.
 */
export const conditionReason = <R extends string>(): z.ZodType<R> =>
  z
    .string()
    .max(64)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/) as unknown as z.ZodType<R>;
export const ConditionReason = conditionReason<Reason>();
