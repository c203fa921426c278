import type { Objective } from '../api/objective-spec.ts';
import type { Terms } from '../domain/observation.ts';
import type { Reading } from '../domain/reading.ts';

export type ObjectiveRef = NonNullable<Objective['objectiveRef']>;

/** What an objective that is written down elsewhere says, in our terms. */
export type TranslatedObjective = Terms &
  Pick<Objective, 'ratioMetric' | 'latencyMetric' | 'thresholdMetric'>;

/** Understands an object that a reference names, as the API server answers it. Never throws. */
export type ObjectiveTranslator = (object: unknown, ref: ObjectiveRef) => Reading<TranslatedObjective>;

export interface ObjectiveReader {
  /**
   * The objective that `objective.objectiveRef` names, with its own target, window and queries and the name given
   * here. Never throws for what is missing or malformed: that is an unknown reading that names it and the remedy.
   */
  read(namespace: string, objective: Objective, signal: AbortSignal): Promise<Reading<Objective>>;
}
