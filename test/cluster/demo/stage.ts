import type { ClusterClient } from '../cluster-client.ts';
import type { OperatorProcess } from '../operator.ts';
import type { Signer } from '../signer.ts';
import type { Housekeeping } from './housekeeping.ts';

/** Where the demo plays: a cluster with an operator in it, and what the story needs to know of it. */
export interface Stage {
  readonly client: ClusterClient;
  readonly operator: OperatorProcess;
  readonly namespace: string;
  /** Of the images, within the registry. */
  readonly repository: string;
  /** Undefined where Prometheus is not the demo's to stop. */
  readonly prometheus: { stop(): Promise<void>; start(): Promise<void> } | undefined;
  /** Undefined where the images of the demo are signed by nobody. */
  readonly signer: Signer | undefined;
  /** Undefined where the registry is not the demo's to clean up; nothing is protected from a clean-up there. */
  readonly housekeeping: Housekeeping | undefined;
  /** Steady requests to the Service of that name; it has ready pods by then. */
  sendRequests(service: string): Promise<{ stop(): Promise<unknown> }>;
  /** How to look at it, and how to end it, for those who keep it. */
  readonly farewell: readonly string[];
}

export const REQUESTS_PER_SECOND = 150;
export const LONGEST_STORY_MS = 600_000;

/** What the user has to change: the demo ends with exit code 2 and these words. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
