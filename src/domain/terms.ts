import type { Objective } from '../api/artifact-release-spec.ts';
import type { ObjectiveAnalysis } from '../api/artifact-release-status.ts';
import type { Terms } from './observation.ts';

/** Where an objective is written down elsewhere, what was found there last counts until something else is found. */
export const termsOf = (
  { target, timeWindow }: Objective,
  found: Terms | undefined,
  stored: Pick<ObjectiveAnalysis, 'terms'> | undefined,
): Terms | undefined => (target === undefined ? (found ?? stored?.terms) : { target, timeWindow });
