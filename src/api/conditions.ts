import { z } from 'zod';

/** Condition types. Ready, Reconciling and Stalled are kstatus; the rest say which part of a release is meant. */
export const CONDITION_TYPES = [
  'Ready',
  'Reconciling',
  'Stalled',
  'Verified',
  'Protected',
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
  'StableUnknown',
  'TargetsDiffer',
  // verification and protection
  'NotRequired',
  'NotConfigured',
  'NotSupported',
  'Verified',
  'VerificationFailed',
  'VerificationUnknown',
  'ProtectionUnknown',
  'Protected',
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
  'HoldExpired',
  'ErrorBudgetBurn',
  'BudgetLimitExceeded',
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
export const ConditionReason = z.enum(REASONS);
export type Reason = z.infer<typeof ConditionReason>;
