import type { Objective } from '../../api/artifact-release-spec.ts';
import { allOf, increaseOf } from './increase.ts';
import { classicQueries } from './latency-queries.ts';
import { PRESET_SOURCES, type PresetSource } from './presets.ts';
import { QueryError } from './query-error.ts';
import type { SideQueries } from './side-queries.ts';

type Preset = NonNullable<Objective['preset']>;

/**
 * The queries of a preset, with variables: of failed requests, or of slow ones where there is a threshold. Throws
 * QueryError QueryInvalid where a source cannot tell what is asked for, with what can be done about it.
 */
export function presetQueries(preset: Preset): SideQueries {
  const source = PRESET_SOURCES[preset.name];
  if (source.selector !== undefined && !preset.selector?.trim())
    throw new QueryError('QueryInvalid', `preset ${preset.name}: ${byService(source.selector)}`);
  const where = source.where.map((matchers) => allOf(matchers, preset.selector));
  if (preset.threshold === undefined) return failureQueries(source, where);
  if (source.latency === undefined)
    throw new QueryError(
      'QueryInvalid',
      `preset ${preset.name}: it has no latency by pod; leave out threshold, or use latencyMetric with a histogram of the pods themselves`,
    );
  const { histogram, unit, where: only } = source.latency;
  return classicQueries({
    histogram,
    where: where.map((matchers) => allOf(only, matchers)),
    threshold: preset.threshold,
    unit,
  });
}

/** What to do where both sides have the same series; undefined where they cannot. */
export function sidesRemedy({ name }: Preset): string | undefined {
  const { selector } = PRESET_SOURCES[name];
  return selector && byService(selector);
}

const byService = (selector: string): string =>
  `it counts by Service, not by pod, so each track needs a Service of its own: select it, e.g. with ${selector}; or use metrics of the pods themselves`;

function failureQueries(source: PresetSource, where: readonly string[]): SideQueries {
  const failed = where.flatMap((side) => source.failed.map((failure) => allOf(failure, side)));
  return {
    total: countOf(source, source.requests, where),
    metric: source.requests,
    part: { kind: 'bad', query: countOf(source, source.failures ?? source.requests, failed) },
  };
}

function countOf({ address }: PresetSource, counter: string, where: readonly string[]): string {
  const increase = increaseOf(counter, where);
  return `sum(${address === undefined ? increase : ofPods(increase, address)})`;
}

/**
 * Of series that name a pod by its address those of one side, by what kube-state-metrics says of pods that run at that
 * time. An address goes on to another pod sooner or later: what is counted under it is the newest one's.
 */
function ofPods(increase: string, address: string): string {
  const byAddress = `label_replace(${increase}, "pod_ip", "$1", "${address}", "\\\\[?(.+?)\\\\]?:[0-9]+")`;
  const pods = 'namespace="$namespace",pod=~"$pods"';
  const running = `kube_pod_info{${pods}} and on (namespace, pod) (kube_pod_status_phase{phase="Running",${pods}} == 1)`;
  return `${byAddress} * on (pod_ip) group_left () max by (pod_ip) (${running})`;
}
