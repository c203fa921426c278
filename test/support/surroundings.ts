import type { ArtifactRelease } from '../../src/api/artifact-release.ts';
import type { Status } from '../../src/api/artifact-release-status.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Observation, Proof } from '../../src/domain/observation.ts';
import type { Reading } from '../../src/domain/reading.ts';
import type { Workload } from '../../src/domain/workload.ts';
import type { Fates } from './fates.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';
import type { SimulatedPrometheus } from './simulated-prometheus.ts';
import type { SimulatedRegistry } from './simulated-registry.ts';

/** One look at the world, as the operator had it. */
export interface Pass {
  readonly release: ArtifactRelease;
  readonly seen: Observation;
  readonly now: Date;
}

/** Everything around one operator. */
export interface Surroundings {
  readonly cluster: SimulatedCluster;
  readonly registry: SimulatedRegistry;
  readonly prometheus: SimulatedPrometheus;
  /** Asked before every write: whether the process survives it. */
  readonly fates: Fates;
  verify(digest: Digest): Proof;
  running(workload: Workload): ReadonlyMap<string, Reading<Digest>>;
  refuses(effect: Effect): boolean;
  observed(pass: Pass): void;
  stored(pass: Pass, before: Status | undefined, after: Status): void;
  wrote(pass: Pass, effect: Effect): void;
  posted(notice: Notice): void;
  logged(fields: object, message: string): void;
}
