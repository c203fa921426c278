// The web server of the tests as a Deployment and a Service, and what can be seen of it.

import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import type { ClusterClient } from './cluster-client.ts';
import { KWOK_LABEL } from './kwok.ts';
import type { Pod } from './node-agent/pod.ts';
import { waitFor } from './wait-for.ts';

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const SERVICES = { group: '', version: 'v1', resource: 'services' };
const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const PORT = 8080;
const TIMEOUT_MS = 30_000;
const SCRAPED = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(PORT) };

export interface DeploymentOptions {
  readonly replicas?: number;
  /** On the nodes that only pretend to run their pods, which then serve nothing and are not scraped. */
  readonly onKwok?: boolean;
  /** Of the web server; each wins over the variable of the same name in the image. */
  readonly env?: Readonly<Record<string, string>>;
  readonly initContainers?: readonly object[];
  readonly sidecars?: readonly object[];
}

/** The manifest that a team would keep in Git. */
export function webDeployment(
  namespace: string,
  name: string,
  image: string,
  { replicas = 1, onKwok = false, env = {}, initContainers = [], sidecars = [] }: DeploymentOptions = {},
) {
  const container = {
    name: 'app',
    image,
    env: Object.entries(env).map(([variable, value]) => ({ name: variable, value })),
    ports: [{ name: 'http', containerPort: PORT }],
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
  };
  const kwok = { tolerations: [{ operator: 'Exists' }], nodeSelector: KWOK_LABEL };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(!onKwok && { annotations: SCRAPED }) },
        spec: { initContainers, containers: [container, ...sidecars], ...(onKwok && kwok) },
      },
    },
  };
}

export async function createDeployment(
  cluster: ClusterClient,
  namespace: string,
  name: string,
  image: string,
  options: DeploymentOptions = {},
): Promise<void> {
  const manifest = webDeployment(namespace, name, image, options);
  await cluster.api.create(resourcePath(DEPLOYMENTS, { namespace }), manifest);
}

/** Selects the pods of the Deployment of the same name. */
export async function createService(cluster: ClusterClient, namespace: string, name: string): Promise<void> {
  await cluster.api.create(resourcePath(SERVICES, { namespace }), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }] },
  });
}

export async function podsOf(cluster: ClusterClient, namespace: string): Promise<readonly Pod[]> {
  const { items } = await cluster.api.list<Pod>(resourcePath(PODS, { namespace }));
  return items;
}

/** Waits until the namespace has that many pods, all of them ready. */
export function readyPods(cluster: ClusterClient, namespace: string, count: number): Promise<readonly Pod[]> {
  return waitFor(
    `${count} ready pods`,
    TIMEOUT_MS,
    () => podsOf(cluster, namespace),
    (pods) => pods.length === count && pods.every(isReady),
  );
}

/** Waits until a container of the namespace waits for that reason. */
export function podsWaitingFor(
  cluster: ClusterClient,
  namespace: string,
  reason: string,
): Promise<readonly Pod[]> {
  return waitFor(
    reason,
    TIMEOUT_MS,
    () => podsOf(cluster, namespace),
    (pods) => pods.some((pod) => pod.status?.containerStatuses?.[0]?.state.waiting?.reason === reason),
  );
}

/** The value of a query with one result; undefined without any. */
export async function queryPrometheus(cluster: ClusterClient, query: string): Promise<number | undefined> {
  const url = `${cluster.connection.prometheusUrl}/api/v1/query?${new URLSearchParams({ query })}`;
  const response = await fetch(url);
  const answer = (await response.json()) as { data: { result: { value: [number, string] }[] } };
  const [sample] = answer.data.result;
  return sample === undefined ? undefined : Number(sample.value[1]);
}

/** HTTPRoutes without the validation of the real ones: for tests of who reads them, not of what is in them. */
export async function installHttpRoutes(cluster: ClusterClient): Promise<void> {
  const group = 'gateway.networking.k8s.io';
  const name = `httproutes.${group}`;
  await cluster.api.create(resourcePath(CRDS), {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in for tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'HTTPRoute', plural: 'httproutes' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', name]);
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
}
