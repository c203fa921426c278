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
export const serviceOf = (release: ArtifactRelease): Service =>
  podsOf(release, (names) => names.map(canaryName));

/** The same without canaries: what one did that is gone speaks against nobody any more. */
export const stableOf = (release: ArtifactRelease): Service => podsOf(release, () => []);

function podsOf(
  { metadata, spec }: ArtifactRelease,
  canaries: (names: readonly string[]) => readonly string[],
): Service {
  const names = spec.targets.map((target) => target.name);
  const { pods, workloads } = sideOf('stable', [...names, ...canaries(names)]);
  return {
    source: spec.analysis.source,
    namespace: metadata.namespace,
    workload: anyOf(names),
    pods,
    workloads,
    intervalSeconds: seconds(spec.analysis.interval),
  };
}
