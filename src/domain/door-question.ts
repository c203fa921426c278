import type { ArtifactRelease } from '../api/artifact-release.ts';
import type { Candidate, Stable } from '../api/artifact-release-status.ts';
import { decide } from './decide.ts';
import type { Observation } from './observation.ts';
import { type BudgetQuestion, type ServiceQuestion, serviceSlot } from './questions.ts';
import { BUDGET_INTERVAL, heedsBudget, heedsService } from './service-policy.ts';
import { lastSlot } from './time.ts';

/**
 * What has to be known about the service before a canary begins. It is worth asking where everything else that was
 * seen would let one begin in this very pass; undefined anywhere else. That takes a decision of its own, of some tenths
 * of a millisecond and only before a canary: a list of what else lets one begin would one day say something else.
 */
export function doorQuestion(
  release: ArtifactRelease,
  seen: Observation,
  now: Date,
): ServiceQuestion | undefined {
  const begun = heedsService(release.spec) ? beginning(release, seen, now) : undefined;
  if (!begun) return undefined;
  const trial = begun.candidate.startedAt;
  return { scope: 'Door', trial, digest: begun.stable.digest, at: serviceSlot(release.spec, trial, now) };
}

/**
 * The same about what is left of its budgets, once it is seen not to burn. Whatever is tried in the same ten minutes,
 * and after a restart, it is the same question; they are counted from the creation of the release, so that not all
 * releases ask at once.
 */
export function budgetQuestion(
  release: ArtifactRelease,
  seen: Observation,
  now: Date,
): BudgetQuestion | undefined {
  const { spec, metadata } = release;
  const begun = heedsBudget(spec) ? beginning(release, seen, now) : undefined;
  if (!begun) return undefined;
  const { creationTimestamp, generation } = metadata;
  return {
    generation,
    digest: begun.stable.digest,
    at: lastSlot(creationTimestamp, BUDGET_INTERVAL, now),
  };
}

/** The trial whose canary would begin by what was seen, and what it would begin beside. */
function beginning(
  release: ArtifactRelease,
  seen: Observation,
  now: Date,
): { readonly candidate: Candidate; readonly stable: Stable } | undefined {
  const { spec, status } = release;
  const { candidate, stable } = status ?? {};
  const hasBegun = candidate !== undefined && candidate.replicas.length > 0;
  const wanted = spec.artifact.digest;
  if (wanted === stable?.digest || (hasBegun && wanted === candidate.digest)) return undefined;
  const { status: next, notices } = decide(release, seen, now);
  if (!next.candidate || !next.stable || notices.every(({ reason }) => reason !== 'ReleaseStarted'))
    return undefined;
  return { candidate: next.candidate, stable: next.stable };
}
