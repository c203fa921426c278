import type { Command } from '../../src/api/artifact-release.ts';
import type { Digest } from '../../src/api/scalars.ts';
import type { Effect } from '../../src/domain/effect.ts';
import type { Answer } from './proofs.ts';
import type { ProtectionAnswer } from './protections.ts';
import { digestOf } from './release-manifest.ts';

/** What runs at the start, and what may be released. */
export const DIGESTS = ['a', 'b', 'c', 'd'].map(digestOf);
export const digestNumber = (index: number): Digest => DIGESTS[index] ?? digestOf('e');

/** A digest that no parser understands, and with it the whole spec. */
export const GARBLED = 'sha256:9f2c';

/** The digest under trial, or else the one that the spec asks for. */
export const THE_ONE_IN_QUESTION = -1;

export const TRAFFIC = ['good', 'burning', 'both burn', 'stable burns', 'idle'] as const;

export const BLIND = ['NoData', 'NotANumber', 'AmbiguousResult', 'StaleData', 'MetricsUnavailable'] as const;
export type Measured = (typeof TRAFFIC)[number] | (typeof BLIND)[number];

/** What Prometheus says of the whole window of an error budget; it does not follow from what is measured in a life. */
export type Budget = 'kept' | 'spent' | (typeof BLIND)[number];

/** To the process of the operator, and to its clock. */
export type ProcessHappening =
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'pass'; readonly release?: number; readonly workload?: number }
  | { readonly kind: 'crash'; readonly inWrites: number; readonly after: boolean }
  | { readonly kind: 'stall'; readonly inWrites: number }
  | { readonly kind: 'resume' };

/** To what others answer it, and order. */
export type AnswerHappening =
  | { readonly kind: 'measure'; readonly as: Measured }
  | { readonly kind: 'budget'; readonly is: Budget }
  | { readonly kind: 'verifier'; readonly digest: number; readonly says: Answer }
  | { readonly kind: 'registry'; readonly digest: number; readonly does: ProtectionAnswer }
  | { readonly kind: 'order'; readonly command: Command; readonly digest: number }
  | { readonly kind: 'refuse'; readonly effect: Effect['kind'] | undefined };

/** To what is stored in the cluster, by whoever may write there. */
export type ClusterHappening =
  | { readonly kind: 'git'; readonly digest: number }
  | { readonly kind: 'garble' }
  | {
      readonly kind: 'spec';
      readonly steps?: readonly object[];
      readonly targets?: readonly string[];
      readonly protection?: object;
      readonly objectives?: readonly object[];
    }
  | { readonly kind: 'suspend'; readonly on: boolean }
  | { readonly kind: 'drift'; readonly image: string }
  | { readonly kind: 'template'; readonly version: number }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'rollouts'; readonly paused: boolean }
  | { readonly kind: 'elder'; readonly does: 'claim' | 'pin' | 'go' }
  | { readonly kind: 'squat'; readonly on: boolean }
  | { readonly kind: 'pods'; readonly digest: number; readonly broken: boolean }
  | { readonly kind: 'delete' };

/** Something that happens to a release, or to the operator, at one moment. */
export type Happening = ProcessHappening | AnswerHappening | ClusterHappening;
