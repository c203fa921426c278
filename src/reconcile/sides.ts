import type { ArtifactRelease } from '../api/artifact-release.ts';
import { seconds } from '../domain/time.ts';
import { canaryName, podNamePattern } from '../domain/workload.ts';
import type { ServiceQuestion } from '../ports/service-source.ts';
import type { Side } from '../ports/slo-source.ts';

export const sideOf = (track: Side['track'], workloads: readonly string[]): Side => ({
  track,
  pods: anyOf(workloads.map(podNamePattern)),
  workloads: anyOf(workloads.map((name) => name.replaceAll('.', '\\.'))),
});

export const anyOf = (patterns: readonly string[]): string =>
  patterns.length === 1 ? `${patterns[0]}` : `(${patterns.join('|')})`;

type Service = Omit<ServiceQuestion, 'objective' | 'digest' | 'windowSeconds' | 'at'>;

/** All that a question about the whole service of a release says, whatever it asks and about when. */
export function serviceOf(release: ArtifactRelease): Service {
  const names = namesOf(release);
  return { ...stableOf(release), ...sideOf('(canary|stable)', [...names, ...names.map(canaryName)]) };
}

/** The same of stable alone: what a canary did that is gone speaks against nobody any more. */
export function stableOf(release: ArtifactRelease): Service {
  const { metadata, spec } = release;
  const names = namesOf(release);
  return {
    source: spec.analysis.source,
    namespace: metadata.namespace,
    workload: anyOf(names),
    ...sideOf('stable', names),
    intervalSeconds: seconds(spec.analysis.interval),
  };
}

const namesOf = ({ spec }: ArtifactRelease): readonly string[] => spec.targets.map(({ name }) => name);
