import type { Objective } from '../api/objective-spec.ts';
import type { Terms } from '../domain/observation.ts';
import { known, type Reading, unknown } from '../domain/reading.ts';
import type { ObjectiveReader } from '../ports/objective-reader.ts';

/** An objective as it is measured: one that is written down elsewhere has the target, window and queries of there. */
export async function resolveObjective(
  reader: ObjectiveReader,
  namespace: string,
  objective: Objective,
  signal: AbortSignal,
): Promise<Reading<Objective>> {
  const { name, objectiveRef } = objective;
  if (!objectiveRef) return known(objective);
  const found = await reader.read(namespace, objectiveRef, signal);
  return found.known
    ? known({ name, ...found.value })
    : unknown(found.reason, `objective ${name}: ${found.message}`);
}

/** What an objective promises by what was found where it is written down, if that is elsewhere. */
export const foundTerms = (
  { objectiveRef }: Objective,
  { target, timeWindow }: Objective,
): Terms | undefined => (objectiveRef && target !== undefined ? { target, timeWindow } : undefined);
