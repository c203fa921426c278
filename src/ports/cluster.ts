import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Status } from '../api/artifact-release-status.ts';
import type { Digest } from '../api/scalars.ts';
import type { Effect } from '../domain/effect.ts';
import type { Notice } from '../domain/notice.ts';
import type { PodTrouble } from '../domain/observation.ts';
import type { Reading } from '../domain/reading.ts';
import type { Workload } from '../domain/workload.ts';

/** Which object is meant, also where its content is not understood. */
export interface ReleaseIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly finalizers: readonly string[];
}

/** What a release has to do with a workload, also where its content is not understood. */
export interface ReleaseOnWorkload {
  readonly identity: ReleaseIdentity;
  readonly deleting: boolean;
  readonly names: boolean;
  readonly pins: boolean;
}

/** A stored release: understood, or with the fields that are wrong. */
export type StoredRelease = { readonly identity: ReleaseIdentity; readonly deleting: boolean } & (
  | { readonly valid: true; readonly release: ArtifactRelease }
  | { readonly valid: false; readonly problem: string; readonly status: unknown }
);

/** Reads from caches that are kept by watches: free, and possibly a moment old. */
export interface ClusterReader {
  release(key: string): StoredRelease | undefined;
  workload(namespace: string, name: string): Workload | undefined;
  /** Deployments that carry the mark of this release, whether they still belong to a target or not. */
  canaries(namespace: string, release: string): readonly Workload[];
  podTrouble(namespace: string, canary: string): PodTrouble;
  /** Every release that names this workload as a target, or pins it. */
  releasesOn(namespace: string, workload: string): readonly ReleaseOnWorkload[];
  /** Digests that run behind the tags of a workload, by container. One request. */
  runningDigests(workload: Workload, signal: AbortSignal): Promise<ReadonlyMap<string, Reading<Digest>>>;
}

export interface ClusterWriter {
  /** Fenced: throws ConflictError when the release has changed since it was read. Resolves to its new version. */
  writeStatus(release: ReleaseIdentity, status: Status, signal: AbortSignal): Promise<string>;
  /** Throws ConflictError when what the effect was derived from has changed, EffectError when it cannot be done. */
  execute(release: ArtifactRelease, effect: Effect, signal: AbortSignal): Promise<void>;
  /** Takes our finalizer from a release that need not be understood. Throws ConflictError as `execute` does. */
  removeFinalizer(release: ReleaseIdentity, signal: AbortSignal): Promise<void>;
}

export interface NoticeBoard {
  /** Fire and forget: news must not hold up a release. */
  post(release: ReleaseIdentity, notice: Notice): void;
}
