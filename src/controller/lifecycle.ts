/** The two steps of an orderly end. */
export interface Lifecycle {
  /** Begin nothing new, and finish what runs. */
  readonly stopping: AbortSignal;
  /** Stop what still runs: the grace period is over, or we may not act any more. Aborts no earlier than `stopping`. */
  readonly aborting: AbortSignal;
}
