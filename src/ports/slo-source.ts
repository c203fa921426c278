import type { Objective } from '../api/artifact-release-spec.ts';
import type { Totals } from '../api/artifact-release-status.ts';
import type { Reading } from '../domain/reading.ts';

/** Whose pods a count is about: the values of the query variables on one side. */
export interface Side {
  /** The last one is a whole service. */
  readonly track: 'canary' | 'stable' | '(canary|stable)';
  /** Anchored regular expression of the names of that side's pods. */
  readonly pods: string;
  /** Anchored regular expression of the names of that side's workloads, for metrics that name no pod. */
  readonly workloads: string;
}

export interface SloQuestion {
  /** Name of the configured Prometheus. */
  readonly source: string;
  readonly objective: Objective;
  readonly namespace: string;
  /** Name of the workload, or an alternation of several. */
  readonly workload: string;
  readonly digest: string;
  /** Time span of the counts in whole seconds, at least 1. It ends at `at`. */
  readonly windowSeconds: number;
  /** Exact start of the counts. Values are sampled at whole intervals since then, the same ones at every question. */
  readonly from: Date;
  /** Distance of two samples in whole seconds, at least 1. */
  readonly intervalSeconds: number;
  readonly at: Date;
  readonly candidate: Side;
  /** Absent in a bake, where no pods of stable are left to compare with. */
  readonly stable?: Side;
}

export interface SloSource {
  /** Never throws for anything that Prometheus does: a failure is an unknown reading with its reason. */
  totals(question: SloQuestion, signal: AbortSignal): Promise<Reading<Totals>>;
}
