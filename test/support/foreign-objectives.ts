import { stringify } from 'yaml';

const BAD = 'http_requests_total{code=~"5.."}';
const TOTAL = 'http_requests_total';

/**
 * One objective, 99% of what a shop is asked, as Sloth, Pyrra and OpenSLO write it down: their kinds, the objects, and
 * objectives of a release that refer to them.
 */
export function foreignObjectives(namespace: string, name: string) {
  const metadata = { name, namespace };
  const configMap = `${name}-slos`;
  const kinds = [
    foreignKind('sloth.slok.dev', 'v1', 'PrometheusServiceLevel'),
    foreignKind('pyrra.dev', 'v1alpha1', 'ServiceLevelObjective'),
  ];
  const objects = [
    { apiVersion: 'sloth.slok.dev/v1', kind: 'PrometheusServiceLevel', metadata, spec: slothSpec(name) },
    { apiVersion: 'pyrra.dev/v1alpha1', kind: 'ServiceLevelObjective', metadata, spec: pyrraSpec() },
    {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...metadata, name: configMap } },
      data: { 'slo.yaml': stringify(openSlo()) },
    },
  ];
  const references = [
    { name: 'sloth', objectiveRef: { kind: 'PrometheusServiceLevel', name } },
    { name: 'pyrra', objectiveRef: { kind: 'ServiceLevelObjective', name } },
    { name: 'openslo', objectiveRef: { kind: 'ConfigMap', name: configMap } },
  ];
  return { kinds, objects, references };
}

/** As much of somebody else's kind as it takes to store its objects. */
function foreignKind(group: string, version: string, kind: string) {
  const singular = kind.toLowerCase();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
    metadata: { name: `${singular}s.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { kind, singular, plural: `${singular}s` } },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}

function slothSpec(service: string) {
  const rate = (selector: string) => `sum(rate(${selector}[{{.window}}]))`;
  const events = { errorQuery: rate(BAD), totalQuery: rate(TOTAL) };
  return { service, slos: [{ name: 'requests', objective: 99, sli: { events }, alerting: {} }] };
}

const pyrraSpec = () => ({
  ...{ target: '99', window: '4w' },
  indicator: { ratio: { errors: { metric: BAD }, total: { metric: TOTAL } } },
});

function openSlo() {
  const count = (query: string) => ({ metricSource: { type: 'Prometheus', spec: { query } } });
  const ratioMetric = { counter: true, bad: count(BAD), total: count(TOTAL) };
  return {
    ...{ apiVersion: 'openslo/v1', kind: 'SLO', metadata: { name: 'requests' } },
    spec: {
      indicator: { metadata: { name: 'requests' }, spec: { ratioMetric } },
      timeWindow: [{ duration: '7d', isRolling: true }],
      ...{ budgetingMethod: 'Occurrences', objectives: [{ target: 0.99 }] },
    },
  };
}
