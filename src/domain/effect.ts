import type { Pin } from '../api/artifact-release-status.ts';
import type { Digest } from '../api/scalars.ts';

/**
 * A change to the world. Effects follow from spec and stored status alone, never from the step that led there,
 * so that the pass after a crash finds the same ones again; each is idempotent.
 */
export type Effect =
  | { readonly kind: 'AddFinalizer' }
  | { readonly kind: 'RemoveFinalizer' }
  | { readonly kind: 'RemoveAnnotations'; readonly names: readonly string[] }
  | {
      readonly kind: 'PinWorkload';
      readonly name: string;
      /** The write is refused by the API server when the workload has changed since it was observed. */
      readonly resourceVersion: string;
      readonly images: readonly {
        readonly container: string;
        readonly init: boolean;
        readonly image: string;
      }[];
      /** Somebody else changed the image: for the event and the metric. */
      readonly drift: boolean;
    }
  | {
      readonly kind: 'ApplyCanary';
      readonly target: string;
      readonly name: string;
      /** The canary of ours that is to be changed. Absent for a first one: that must not take what has its name. */
      readonly uid?: string;
      readonly replicas: number;
      readonly digest: Digest;
      readonly images: readonly Pin[];
      readonly revision: string;
    }
  | {
      readonly kind: 'ScaleCanary';
      readonly name: string;
      readonly uid: string;
      readonly replicas: number;
    }
  | { readonly kind: 'DeleteCanary'; readonly name: string; readonly uid: string };
