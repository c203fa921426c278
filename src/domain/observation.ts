import type { Totals } from '../api/artifact-release-status.ts';
import type { Reason } from '../api/conditions.ts';
import type { Digest } from '../api/scalars.ts';
import type { Reading } from './reading.ts';
import type { Workload } from './workload.ts';

/** The answer of a verifier or protector about one digest. Only Satisfied lets a release go on. */
export interface Check {
  readonly state: 'Satisfied' | 'Refused' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
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

export interface Counts {
  /** `stepStartedAt` of the step or bake that they were counted in; they say nothing about any other. */
  readonly from: string;
  readonly totals: ReadonlyMap<string, Reading<Totals>>;
}

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
  readonly verification: ReadonlyMap<Digest, Check>;
  readonly protection: ReadonlyMap<Digest, Check>;
  /** Counts by objective; absent when none are due. */
  readonly counts?: Counts;
  /** The effect that failed in the pass before, if one did. */
  readonly writeFailure?: { readonly reason: Reason; readonly message: string };
}
