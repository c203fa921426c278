import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { readAuditLog } from '../cluster/audit-log.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { ClusterClient } from '../cluster/cluster-client.ts';
import { Load } from '../cluster/service-proxy/load.ts';
import { waitFor } from '../cluster/wait-for.ts';
import {
  createDeployment,
  createService,
  installHttpRoutes,
  podsOf,
  podsWaitingFor,
  queryPrometheus,
  readyPods,
} from '../cluster/web-workload.ts';
import { sharedCluster, testNamespace } from '../support/cluster-client.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const HTTP_ROUTES = { group: 'gateway.networking.k8s.io', version: 'v1', resource: 'httproutes' };

const START_TIMEOUT_MS = 120_000;

describe('a pod on the node agent', () => {
  let cluster: ClusterClient;
  beforeAll(async () => {
    cluster = await sharedCluster();
  });

  test('becomes available, is scraped and answers for its Service', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/good', { mode: 'good', version: '1' });
    await createDeployment(cluster, namespace, 'web', image.reference, { replicas: 2 });
    await createService(cluster, namespace, 'web');
    const pods = await readyPods(cluster, namespace, 2);
    expect(pods.map((pod) => pod.status?.containerStatuses?.[0]?.imageID)).toEqual([
      image.reference,
      image.reference,
    ]);
    expect(new Set(pods.map((pod) => pod.status?.podIP)).size).toBe(2);

    const query = `sum(http_requests_total{namespace="${namespace}",code="200"})`;
    await waitFor(
      'counters at zero',
      20_000,
      () => queryPrometheus(cluster, query),
      (value) => value === 0,
    );
    const load = new Load(cluster.api, {
      namespace,
      service: 'web',
      requestsPerSecond: 100,
      durationMs: 2_000,
    });
    const { answers, pods: answering } = await load.finished;
    expect([...answers.keys()]).toEqual([200]);
    expect([...answering.keys()].sort()).toEqual(pods.map((pod) => pod.metadata.name).sort());
    const answered = answers.get(200);
    await waitFor(
      'counters risen',
      20_000,
      () => queryPrometheus(cluster, query),
      (value) => value === answered,
    );
  });

  test('restarts with a growing delay while it crashes', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/crashing', { mode: 'crashing', version: '1' });
    await createDeployment(cluster, namespace, 'web', image.reference);
    const [pod] = await podsWaitingFor(cluster, namespace, 'CrashLoopBackOff');
    const status = pod?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({
      ready: false,
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    });
    expect(status?.restartCount).toBeGreaterThan(0);
  });

  test('waits with a growing delay for an image that the registry does not have', async () => {
    const namespace = await testNamespace(cluster);
    const { repository } = await cluster.pushWorkload('cluster/good', { mode: 'good', version: '1' });
    await createDeployment(cluster, namespace, 'web', `${repository}@sha256:${'0'.repeat(64)}`);
    const [pod] = await podsWaitingFor(cluster, namespace, 'ImagePullBackOff');
    expect(pod?.status?.containerStatuses?.[0]?.state.waiting?.message).toMatch(/not found/);
    expect(pod?.status?.phase).toBe('Pending');
  });

  test('goes with its namespace, where nothing new may be created any more', async () => {
    const namespace = `going-${randomUUID().slice(0, 8)}`;
    await cluster.createNamespace(namespace);
    const image = await cluster.pushWorkload('cluster/good', { mode: 'good', version: '1' });
    await createDeployment(cluster, namespace, 'web', image.reference);
    await readyPods(cluster, namespace, 1);
    // The namespace controller looks again after half of the pod's 30 seconds of grace.
    await cluster.kubectl(['delete', 'namespace', namespace, '--timeout=45s']);
  });

  test('answers the requests under way before it goes', async () => {
    const namespace = await testNamespace(cluster);
    const image = await cluster.pushWorkload('cluster/slow', {
      mode: 'slow',
      version: '1',
      latencyMs: 1_500,
    });
    await createDeployment(cluster, namespace, 'web', image.reference);
    await createService(cluster, namespace, 'web');
    const [pod] = await readyPods(cluster, namespace, 1);
    const load = new Load(cluster.api, {
      namespace,
      service: 'web',
      requestsPerSecond: 5,
      durationMs: 1_000,
    });
    await waitFor('requests under way', 5_000, async () => load.inFlight > 0);
    // Requests that meet the pod just as it stops listening would be refused, here as in any cluster.
    const stopped = load.stop();
    await cluster.kubectl(['delete', 'pod', '-n', namespace, pod?.metadata.name ?? '', '--wait=false']);
    const { answers, failed } = await stopped;
    expect({ codes: [...answers.keys()], failed }).toEqual({ codes: [200], failed: 0 });
    await waitFor(
      'the pod to be gone',
      20_000,
      () => podsOf(cluster, namespace),
      (pods) => pods.every(({ metadata }) => metadata.uid !== pod?.metadata.uid),
    );
  });
});

describe('the shared cluster', () => {
  let cluster: ClusterClient;
  beforeAll(async () => {
    cluster = await sharedCluster();
  });

  test('plays pods that tolerate the nodes of kwok', async () => {
    const namespace = await testNamespace(cluster);
    await createDeployment(cluster, namespace, 'web', 'example.com/never/pulled:1', {
      replicas: 3,
      onKwok: true,
    });
    const pods = await readyPods(cluster, namespace, 3);
    expect(pods.map(({ spec }) => spec.nodeName)).toEqual(['kwok-1', 'kwok-1', 'kwok-1']);
  });

  test('gives a service account its own kubeconfig, with the rights of that account', async () => {
    const namespace = await testNamespace(cluster);
    const kubeconfigPath = await cluster.serviceAccountKubeconfig(namespace, 'default');
    const account = await ClusterClient.connect({ ...cluster.connection, kubeconfigPath }, 'test');
    onTestFinished(() => account.close());
    await expect(account.api.list(resourcePath(NODES))).rejects.toMatchObject({ status: 403 });
  });

  test('logs who asked for what', async () => {
    const events = await readAuditLog(cluster.connection.auditLogPath ?? '');
    expect(new Set(events.map(({ userAgent }) => userAgent))).toContain('node-agent');
  });
});

describe('a cluster of its own', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 1 }, () => undefined);
  }, START_TIMEOUT_MS);
  afterAll(() => cluster.stop());

  test('runs beside the shared one', async () => {
    const shared = await sharedCluster();
    expect(cluster.connection.registryAddress).not.toBe(shared.connection.registryAddress);
    const nodes = await cluster.client.api.list<{ metadata: { name: string } }>(resourcePath(NODES));
    expect(nodes.items.map(({ metadata }) => metadata.name)).toEqual(['node-1']);
  });

  test('sends load by the weights of an HTTPRoute', async () => {
    const { client } = cluster;
    await installHttpRoutes(client);
    const namespace = await createWeightedBackends(client, { web: 75, 'web-canary': 25 });
    const load = new Load(client.api, {
      namespace,
      service: 'web',
      requestsPerSecond: 100,
      durationMs: 2_000,
    });
    const { pods, answers } = await load.finished;
    const canary = [...pods].find(([name]) => name.startsWith('web-canary'))?.[1] ?? 0;
    const share = canary / (answers.get(200) ?? 0);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
  });

  test('goes on where it was when the API server comes back', async () => {
    const { client } = cluster;
    const namespace = await testNamespace(client);
    const image = await client.pushWorkload('cluster/good', { mode: 'good', version: '1' });
    await createDeployment(client, namespace, 'web', image.reference);
    const [before] = await readyPods(client, namespace, 1);
    await cluster.controlPlane.apiServer.restart();
    await client.kubectl(['scale', 'deployment', 'web', '-n', namespace, '--replicas=2']);
    const after = await readyPods(client, namespace, 2);
    expect(after.map(({ metadata }) => metadata.uid)).toContain(before?.metadata.uid);
  });
});

async function createWeightedBackends(
  cluster: ClusterClient,
  weights: Readonly<Record<string, number>>,
): Promise<string> {
  const namespace = await testNamespace(cluster);
  const image = await cluster.pushWorkload('cluster/good', { mode: 'good', version: '1' });
  for (const name of Object.keys(weights)) {
    await createDeployment(cluster, namespace, name, image.reference);
    await createService(cluster, namespace, name);
  }
  const backendRefs = Object.entries(weights).map(([name, weight]) => ({ name, port: 80, weight }));
  await cluster.api.create(resourcePath(HTTP_ROUTES, { namespace }), {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web' },
    spec: { rules: [{ backendRefs }] },
  });
  await readyPods(cluster, namespace, Object.keys(weights).length);
  return namespace;
}
