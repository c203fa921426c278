// What the operator costs when a whole fleet releases at once, and when nothing happens.

import { setTimeout as delay } from 'node:timers/promises';
import { resourcePath } from '../src/adapters/kubernetes/resource-path.ts';
import { RELEASES } from '../src/adapters/kubernetes/resources.ts';
import type { Status } from '../src/api/artifact-release-status.ts';
import { readAuditLog } from '../test/cluster/audit-log.ts';
import { type Cluster, startCluster } from '../test/cluster/cluster.ts';
import { installOperator, OperatorProcess } from '../test/cluster/operator.ts';
import { endProgress, progressOnStderr } from '../test/cluster/progress.ts';
import { waitFor } from '../test/cluster/wait-for.ts';
import { createDeployment } from '../test/cluster/web-workload.ts';

const NAMESPACE = 'fleet';
const REPOSITORY = 'registry.example.com/fleet/app';
const BEFORE = `sha256:${'a'.repeat(64)}`;
const AFTER = `sha256:${'b'.repeat(64)}`;
const OPERATOR_AGENT = 'artifactrelease-operator';
const IDLE_MS = 60_000;
const METRICS = '127.0.0.1:18088';

export async function fleet(releases: number): Promise<object> {
  const progress = progressOnStderr();
  const cluster = await startCluster({ nodes: 0, kwokNodes: 4, audit: true }, progress);
  try {
    progress(`adopting ${releases} Deployments`);
    await installOperator(cluster.client);
    await using _operator = await OperatorProcess.start(cluster.client, { listen: METRICS });
    await adopt(cluster, releases);
    progress('releasing');
    const busy = await measure(cluster, () => releaseAll(cluster, releases));
    progress('watching it idle for a minute');
    await delay(10_000);
    const idle = await measure(cluster, () => delay(IDLE_MS));
    return summary(releases, busy, idle);
  } finally {
    endProgress();
    await cluster.stop();
  }
}

interface Measured<T> {
  readonly result: T;
  readonly cpuMs: number;
  readonly requests: number;
  readonly queries: number;
  readonly rssMib: number;
}

function summary(releases: number, busy: Measured<readonly number[]>, idle: Measured<unknown>): object {
  const seconds = busy.result.toSorted((a, b) => a - b);
  const quantile = (q: number) => seconds[Math.min(seconds.length - 1, Math.ceil(q * seconds.length) - 1)];
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    releases,
    p50_s: quantile(0.5),
    p99_s: quantile(0.99),
    cpu_ms_per_release: round(busy.cpuMs / releases),
    api_requests_per_release: round(busy.requests / releases),
    prometheus_queries_per_release: round(busy.queries / releases),
    rss_mib: round(busy.rssMib),
    idle_api_per_min: idle.requests,
    idle_cpu_ms_per_min: round(idle.cpuMs),
  };
}

async function adopt({ client }: Cluster, releases: number): Promise<void> {
  await client.createNamespace(NAMESPACE);
  for (const name of names(releases)) {
    await createDeployment(client, NAMESPACE, name, `${REPOSITORY}@${BEFORE}`, { replicas: 2, onKwok: true });
    await client.api.create(resourcePath(RELEASES, { namespace: NAMESPACE }), manifest(name));
  }
  await waitFor(
    'all adopted',
    180_000,
    () => statuses(client.api),
    (all) =>
      all.length === releases &&
      all.every(({ status }) => status?.phase === 'Healthy' && isAvailable(status)),
  );
}

const isAvailable = (status: Status): boolean =>
  status.conditions.some(({ type, status: state }) => type === 'Healthy' && state === 'True');

/** Seconds from the change of the spec until the digest was stable, by release. */
async function releaseAll({ client }: Cluster, releases: number): Promise<readonly number[]> {
  const startedAt = Date.now();
  await Promise.all(
    names(releases).map((name) =>
      client.api.mergePatch(
        resourcePath(RELEASES, { namespace: NAMESPACE, name }),
        { spec: { artifact: { digest: AFTER } } },
        { fieldManager: 'bench' },
      ),
    ),
  );
  const done = await waitFor(
    'all promoted',
    240_000,
    () => statuses(client.api),
    (all) => all.every(({ status }) => status?.phase === 'Healthy' && status.stable?.digest === AFTER),
  );
  return done.map(({ status }) => (Date.parse(status?.stable?.promotedAt ?? '') - startedAt) / 1000);
}

async function statuses(api: Cluster['client']['api']): Promise<readonly { status?: Status }[]> {
  const { items } = await api.list<{ status?: Status }>(resourcePath(RELEASES, { namespace: NAMESPACE }));
  return items;
}

/** CPU, memory and queries by the process's own accounting; API requests by the audit log of the server. */
async function measure<T>(cluster: Cluster, work: () => Promise<T>): Promise<Measured<T>> {
  const before = await counters(cluster);
  const result = await work();
  const after = await counters(cluster);
  return {
    result,
    cpuMs: (after.cpu - before.cpu) * 1000,
    requests: after.requests - before.requests,
    queries: after.queries - before.queries,
    rssMib: after.rss / 1024 / 1024,
  };
}

async function counters({ connection }: Cluster) {
  const metrics = await (await fetch(`http://${METRICS}/metrics`)).text();
  const sum = (name: string): number =>
    [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].reduce(
      (all, [, value]) => all + Number(value),
      0,
    );
  const log = connection.auditLogPath === undefined ? [] : await readAuditLog(connection.auditLogPath);
  return {
    cpu: sum('process_cpu_seconds_total'),
    rss: sum('process_resident_memory_bytes'),
    queries: sum('artifactrelease_query_duration_seconds_count'),
    requests: log.filter(({ userAgent }) => userAgent?.startsWith(OPERATOR_AGENT)).length,
  };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `app-${index}`);

/** Pods on kwok serve nothing, so the counts are constants; asking Prometheus for them costs what it always does. */
function manifest(name: string): object {
  const constant = (value: number) => `label_replace(vector(${value}), "pods", "$pods", "", "")`;
  return {
    apiVersion: 'artifactrelease.dev/v1alpha1',
    kind: 'ArtifactRelease',
    metadata: { name },
    spec: {
      artifact: { repository: REPOSITORY, digest: BEFORE },
      targets: [{ kind: 'Deployment', name }],
      canary: { steps: [20, 33, 50].map((weight) => ({ weight, duration: '10s' })) },
      objectives: [
        {
          name: 'availability',
          target: '99',
          ratioMetric: { bad: { query: constant(0) }, total: { query: constant(5000) } },
        },
      ],
      analysis: { interval: '5s' },
      bake: { duration: '0s' },
    },
  };
}
