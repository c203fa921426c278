import type { Objective } from '../api/artifact-release-spec.ts';
import type { Reading } from '../domain/reading.ts';

export interface ObjectiveReader {
  /**
   * The objective that `objective.objectiveRef` names, with its own target, window and queries and the name given
   * here. Never throws for what is missing or malformed: that is an unknown reading that names it and the remedy.
   */
  read(namespace: string, objective: Objective, signal: AbortSignal): Promise<Reading<Objective>>;
}
