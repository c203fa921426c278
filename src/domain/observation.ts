import type { Totals } from '../api/artifact-release-status.ts';
import type { Baseline } from '../api/candidate-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { ProtectionMode } from '../api/protection-spec.ts';
import type { ArchivedDigest, UpkeepProblem } from '../api/protection-status.ts';
import type { Digest } from '../api/scalars.ts';
import type { VerificationRecord } from '../api/verification-status.ts';
import type { Count } from './evidence/count.ts';
import type { Reading } from './reading.ts';
import type { Workload } from './workload.ts';

/** The answer of a verifier or protector about one digest. Only Satisfied lets a release go on. */
export interface Check {
  readonly state: 'Satisfied' | 'Refused' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** An ArtifactRevocation that a digest falls under. One that is a dry run stops nothing and is not among them. */
export interface RevocationHit {
  readonly revocation: string;
  /** Rollback: what runs the digest returns to another one. Report: it is only not started anew. */
  readonly action: 'Rollback' | 'Report';
  /** What the digest has to do with it, and why it was revoked. */
  readonly message: string;
}

/** What is known about the proof of a digest. Under a revocation it is Refused as Revoked, whatever else is proven. */
export interface Proof extends Check {
  /** The first answer is still being worked out, here or after a restart: what was known before is no less true. */
  readonly pending?: boolean;
  /** When to ask again even if nothing is heard. */
  readonly until?: Date;
  /** Absent where nothing was asked for, or nothing is known. */
  readonly record?: VerificationRecord;
  readonly revocations?: readonly RevocationHit[];
}

/** What is known about the protection of a digest in its registry. */
export interface ProtectionCheck extends Check {
  /** The first answer since the start is still being worked out: what was known before is no less true. */
  readonly pending?: boolean;
  /** Manifests that are kept for it, itself among them; absent where that is not known. */
  readonly members?: number;
}

/** How the release is protected as a whole. */
export interface ProtectionState {
  /** In force: what the release says, else what the ArtifactRegistry says. */
  readonly mode: ProtectionMode;
  /** Newest first. */
  readonly archived: readonly ArchivedDigest[];
  /** What cannot be done with what is given up, at most one of a kind. */
  readonly problems: readonly UpkeepProblem[];
  /** That the tags are to stay when the release is gone is on record, where that is asked for. */
  readonly orphaned: boolean;
}

export interface ObservedTarget {
  readonly name: string;
  readonly workload?: Workload;
  readonly canary?: Workload;
  /** Digest behind each container's tag, read from the running pods; filled in only where adoption asks for it. */
  readonly running: ReadonlyMap<string, Reading<Digest>>;
  readonly podTrouble?: PodTrouble;
}

export interface PodTrouble {
  /** Why a pod of the canary does not start, e.g. `ImagePullBackOff: not found`; for people only. */
  readonly why?: string;
  /** It restarts again and again: being up between two crashes is not being available. */
  readonly crashLooping: boolean;
}

/** What an objective promises, wherever it is written down. */
export interface Terms {
  /** Share of good requests in percent, as text. */
  readonly target: string;
  /** Rolling window of the error budget, e.g. `30d`. */
  readonly timeWindow: string;
}

export interface Counts {
  /** `stepStartedAt` of the step or bake that they were counted in; they say nothing about any other. */
  readonly from: string;
  readonly totals: ReadonlyMap<string, Reading<Totals>>;
  /** Of objectives that are written down elsewhere. */
  readonly terms?: ReadonlyMap<string, Terms>;
}

/** What the whole service did in the hours before a trial. */
export interface Baselines {
  /** The digest under trial. */
  readonly digest: Digest;
  /** `startedAt` of the trial, at which those hours end. */
  readonly until: string;
  readonly readings: ReadonlyMap<string, Reading<Omit<Baseline, 'objective'>>>;
}

/** Requests of the whole service in a window that ends now. */
export interface WindowCount {
  readonly count: Reading<Count>;
  /**
   * How much of the window was counted, in seconds; fewer than it has where the rest is before the trial, or nothing
   * is known of it.
   */
  readonly seconds: number;
}

/** The whole service by one objective. */
export interface ServiceCounts {
  readonly terms: Terms;
  /** By length, e.g. `1h`; a window that was not worth asking for is absent. */
  readonly windows: ReadonlyMap<string, WindowCount>;
}

/** Whose requests are asked for: stable's before a canary begins, those of all pods since the trial began. */
export type ServiceScope = 'Door' | 'Trial';

export interface ServiceBurn {
  readonly scope: ServiceScope;
  /** `startedAt` of the trial; the counts say nothing about any other. */
  readonly trial: string;
  /** By objective; one that is not measured by requests is absent. */
  readonly services: ReadonlyMap<string, ServiceCounts>;
}

/**
 * What stable did over the whole time window of each objective, the only window there is; by objective, one that is
 * not measured by requests is absent.
 */
export type ServiceBudgets = ReadonlyMap<string, ServiceCounts>;

/** Another release that names or pins one of our targets. */
export interface Claim {
  readonly release: string;
  readonly target: string;
  /** It is older and names the target, which is therefore not ours. */
  readonly precedes: boolean;
  /** Its status pins the target. */
  readonly pins: boolean;
}

/** Everything that one decision may know about the world, read before it is made. */
export interface Observation {
  readonly targets: readonly ObservedTarget[];
  /** Canaries of this release whose target is no longer in the spec. */
  readonly strays: readonly Workload[];
  /** What other releases have to do with our targets. */
  readonly claims: readonly Claim[];
  readonly verification: ReadonlyMap<Digest, Proof>;
  readonly protection: ReadonlyMap<Digest, ProtectionCheck>;
  /** Absent where nobody was asked. */
  readonly protectionState?: ProtectionState;
  /** Counts by objective; absent when none are due. */
  readonly counts?: Counts;
  /** By objective; absent when they are known, or nobody may ask for them yet. */
  readonly baselines?: Baselines;
  /** How the service as a whole keeps its objectives; absent where that is not asked. */
  readonly serviceBurn?: ServiceBurn;
  /** What is left of the service's error budgets; absent where that is not asked. */
  readonly serviceBudgets?: ServiceBudgets;
  /** The effect that failed in the pass before, if one did. */
  readonly writeFailure?: { readonly reason: Reason; readonly message: string };
}
