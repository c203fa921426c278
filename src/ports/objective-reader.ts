import type { Objective } from '../api/objective-spec.ts';
import type { Terms } from '../domain/observation.ts';
import type { Reading } from '../domain/reading.ts';

export type ObjectiveRef = NonNullable<Objective['objectiveRef']>;

/** What an objective that is written down elsewhere says, in our terms. */
export type FoundObjective = Terms & Pick<Objective, 'ratioMetric' | 'latencyMetric' | 'thresholdMetric'>;

/** Understands an object that a reference names, as the API server answers it. Never throws. */
export type ObjectiveTranslator = (object: unknown, ref: ObjectiveRef) => Reading<FoundObjective>;

export interface ObjectiveReader {
  /**
   * What is written down in the object that is named, in that namespace. Never throws for what is missing or
   * malformed: that is an unknown reading that names it and the remedy.
   */
  read(namespace: string, ref: ObjectiveRef, signal: AbortSignal): Promise<Reading<FoundObjective>>;
}
