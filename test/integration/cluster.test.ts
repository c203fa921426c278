import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { startCluster } from '../cluster/cluster.ts';
import type { ClusterClient } from '../cluster/cluster-client.ts';
import type { Pod } from '../cluster/node-agent/pod.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { waitFor } from '../cluster/wait-for.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const SERVICES = { group: '', version: 'v1', resource: 'services' };
const NODES = { group: '', version: 'v1', resource: 'nodes' };

let cluster: ClusterClient;

beforeAll(async () => {
  cluster = await sharedCluster();
});

describe('the node agent', () => {
  test('makes a Deployment available that Prometheus scrapes and a Service reaches', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/good', { mode: 'good', version: '1' });
    await createDeployment(namespace, image.reference, { replicas: 2 });
    await waitFor(
      'two available replicas',
      30_000,
      () => deployment(namespace),
      ({ status }) => status?.availableReplicas === 2,
    );
    const pods = await podsOf(namespace);
    expect(pods.map((pod) => pod.status?.containerStatuses?.[0]?.imageID)).toEqual([
      image.reference,
      image.reference,
    ]);
    expect(new Set(pods.map((pod) => pod.status?.podIP)).size).toBe(2);

    await createService(namespace);
    const query = `sum(http_requests_total{namespace="${namespace}",code="200"})`;
    await waitFor(
      'both codes at zero',
      20_000,
      () => queryPrometheus(query),
      (value) => value === 0,
    );
    const load = new Load(cluster.api, {
      namespace,
      service: 'web',
      requestsPerSecond: 100,
      durationMs: 2_000,
    });
    const counts = await load.finished;
    expect([...counts.answers.keys()]).toEqual([200]);
    expect([...counts.pods.keys()].sort()).toEqual(pods.map((pod) => pod.metadata.name).sort());
    const answered = counts.answers.get(200);
    await waitFor(
      'every answer in Prometheus',
      20_000,
      () => queryPrometheus(query),
      (value) => value === answered,
    );
  });

  test('restarts a crashing container with a growing delay', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/crashing', { mode: 'crashing', version: '1' });
    await createDeployment(namespace, image.reference, { replicas: 1 });
    const [pod] = await waitFor(
      'CrashLoopBackOff',
      30_000,
      () => podsOf(namespace),
      isWaitingFor('CrashLoopBackOff'),
    );
    const status = pod?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({
      ready: false,
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(status?.restartCount).toBeGreaterThan(0);
  });

  test('backs off from an image that the registry does not have', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/good', { mode: 'good', version: '1' });
    const missing = `${image.repository}@sha256:${'0'.repeat(64)}`;
    await createDeployment(namespace, missing, { replicas: 1 });
    const [pod] = await waitFor(
      'ImagePullBackOff',
      30_000,
      () => podsOf(namespace),
      isWaitingFor('ImagePullBackOff'),
    );
    expect(pod?.status?.containerStatuses?.[0]?.state.waiting?.message).toMatch(/not found/);
    expect(pod?.status?.phase).toBe('Pending');
  });

  test('lets a container end by itself before it confirms the deletion', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/slow', {
      mode: 'slow',
      version: '1',
      latencyMs: 1_500,
    });
    await createDeployment(namespace, image.reference, { replicas: 1 });
    await createService(namespace);
    const [pod] = await waitFor('a ready pod', 30_000, () => podsOf(namespace), isReady);
    const load = new Load(cluster.api, {
      namespace,
      service: 'web',
      requestsPerSecond: 5,
      durationMs: 1_000,
    });
    await load.finished.then(({ answers, failed }) => expect([answers.size, failed]).toEqual([1, 0]));

    const second = new Load(cluster.api, {
      namespace,
      service: 'web',
      requestsPerSecond: 5,
      durationMs: 1_000,
    });
    await waitFor('requests under way', 5_000, async () => second.inFlight > 0);
    await cluster.kubectl(['delete', 'pod', '-n', namespace, pod?.metadata.name ?? '', '--wait=false']);
    const counts = await second.finished;
    expect(counts.failed).toBe(0);
    await waitFor('the pod to be gone', 20_000, async () => {
      return (await podsOf(namespace)).every(({ metadata }) => metadata.uid !== pod?.metadata.uid);
    });
  });
});

test('kwok plays the pods that tolerate its nodes', async () => {
  const namespace = await testNamespace(cluster);
  await createDeployment(namespace, 'example.com/never/pulled:1', { replicas: 3, onKwok: true });
  const pods = await waitFor(
    'three ready pods',
    30_000,
    () => podsOf(namespace),
    (pods) => pods.length === 3 && isReady(pods),
  );
  expect(pods.map(({ spec }) => spec.nodeName)).toEqual(['kwok-1', 'kwok-1', 'kwok-1']);
});

test('a service account sees what its roles allow, and no more', async () => {
  const namespace = await testNamespace(cluster);
  const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'default');
  expect(kubeconfig).toContain(`system:serviceaccount:${namespace}:default`);
});

test('a second cluster runs beside the first and leaves nothing behind', async () => {
  const second = await startCluster({ nodes: 1 }, () => undefined);
  onTestFinished(() => second.stop());
  const nodes = await second.client.api.list<{ metadata: { name: string } }>(resourcePath(NODES));
  expect(nodes.items.map(({ metadata }) => metadata.name)).toEqual(['node-1']);
  expect(second.connection.registryAddress).not.toBe(cluster.connection.registryAddress);
});

interface Deployment {
  readonly status?: { readonly availableReplicas?: number };
}

function deployment(namespace: string): Promise<Deployment> {
  return cluster.api.get(resourcePath(DEPLOYMENTS, { namespace, name: 'web' }));
}

async function podsOf(namespace: string): Promise<readonly Pod[]> {
  const { items } = await cluster.api.list<Pod>(resourcePath(PODS, { namespace }));
  return items;
}

function isWaitingFor(reason: string): (pods: readonly Pod[]) => boolean {
  return (pods) => pods.some((pod) => pod.status?.containerStatuses?.[0]?.state.waiting?.reason === reason);
}

function isReady(pods: readonly Pod[]): boolean {
  const ready = (pod: Pod) =>
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return pods.length > 0 && pods.every(ready);
}

async function createDeployment(
  namespace: string,
  image: string,
  options: { readonly replicas: number; readonly onKwok?: boolean },
): Promise<void> {
  const readinessProbe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 };
  const ports = [{ name: 'http', containerPort: 8080 }];
  const kwok = {
    tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists' }],
    nodeSelector: { 'artifactrelease.dev/test-node': 'kwok' },
  };
  await cluster.api.create(resourcePath(DEPLOYMENTS, { namespace }), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: {
          labels: { app: 'web' },
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' },
        },
        spec: {
          containers: [{ name: 'app', image, ports, readinessProbe }],
          ...(options.onKwok === true && kwok),
        },
      },
    },
  });
}

async function createService(namespace: string): Promise<void> {
  await cluster.api.create(resourcePath(SERVICES, { namespace }), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  });
}

/** The value of a query with one result; undefined without any. */
async function queryPrometheus(query: string): Promise<number | undefined> {
  const url = `${cluster.connection.prometheusUrl}/api/v1/query?${new URLSearchParams({ query })}`;
  const { data } = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
  const [sample] = data.result;
  return sample === undefined ? undefined : Number(sample.value[1]);
}
