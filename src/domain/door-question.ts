import type { ArtifactRelease } from '../api/artifact-release.ts';
import { decide } from './decide.ts';
import type { Observation } from './observation.ts';
import { type ServiceQuestion, serviceSlot } from './questions.ts';
import { heedsService } from './service-policy.ts';

/**
 * What has to be known about the service before a canary begins. It is worth asking where everything else that was
 * seen would let one begin in this very pass; undefined anywhere else.
 */
export function doorQuestion(
  release: ArtifactRelease,
  seen: Observation,
  now: Date,
): ServiceQuestion | undefined {
  const { spec, status } = release;
  const { candidate, stable } = status ?? {};
  const hasBegun = candidate !== undefined && candidate.replicas.length > 0;
  const wanted = spec.artifact.digest;
  if (!heedsService(spec) || wanted === stable?.digest || (hasBegun && wanted === candidate.digest))
    return undefined;
  const { status: next, notices } = decide(release, seen, now);
  if (!next.candidate || !next.stable || notices.every(({ reason }) => reason !== 'ReleaseStarted'))
    return undefined;
  const trial = next.candidate.startedAt;
  return { scope: 'Door', trial, digest: next.stable.digest, at: serviceSlot(spec, trial, now) };
}
