import type { Objective } from '../api/artifact-release-spec.ts';
import type { Count } from '../domain/evidence/count.ts';
import type { Reading } from '../domain/reading.ts';
import type { Side } from './slo-source.ts';

/** About a whole service, the pods of stable and of the canary together, or about stable alone. */
export interface ServiceQuestion extends Side {
  /** Name of the configured Prometheus. */
  readonly source: string;
  readonly objective: Objective;
  readonly namespace: string;
  /** Name of the workload, or an alternation of several. */
  readonly workload: string;
  readonly digest: string;
  /** Time span of the counts in whole seconds, at least 1. It ends at `at`. */
  readonly windowSeconds: number;
  /** Distance of two samples of a thresholdMetric in whole seconds, at least 1. */
  readonly intervalSeconds: number;
  readonly at: Date;
}

export interface ServiceSource {
  /**
   * Bad and all requests; of a thresholdMetric, samples of the value over all pods.
   *
   * Never throws for anything that Prometheus does: a failure is an unknown reading with its reason.
   */
  counts(question: ServiceQuestion, signal: AbortSignal): Promise<Reading<Count>>;
  /**
   * The same in consecutive slices of `sliceSeconds`, oldest first; a slice without requests is among them. The
   * newest ends at `at`; what is left of the window before the oldest, and is shorter than a slice, is not counted.
   * `sliceSeconds` is whole, at least 1 and at most `windowSeconds`; a window has at most 11,000 slices.
   */
  slices(
    question: ServiceQuestion & { readonly sliceSeconds: number },
    signal: AbortSignal,
  ): Promise<Reading<readonly Count[]>>;
}
