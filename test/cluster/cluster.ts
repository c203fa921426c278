// A real Kubernetes cluster out of local processes: no root, no container engine, nothing left behind. The control
// plane, the registry and Prometheus are the real ones; only the kubelet and the service proxy are ours.

import { findBinaries } from './binaries.ts';
import { ClusterClient } from './cluster-client.ts';
import type { ClusterConnection } from './connection.ts';
import { ControlPlane } from './control-plane.ts';
import { createKwokNodes, kwokDaemon } from './kwok.ts';
import { NodeAgent } from './node-agent/node-agent.ts';
import type { OnProgress } from './progress.ts';
import { Prometheus } from './prometheus.ts';
import { Registry } from './registry.ts';
import { claimSite, type Site } from './site.ts';

export interface ClusterOptions {
  /** Nodes that run their pods as local processes; 1 unless said otherwise. */
  readonly nodes?: number;
  /** Nodes that only pretend to run their pods, which have to tolerate the taint `kwok.x-k8s.io/node`. */
  readonly kwokNodes?: number;
  readonly scrapeInterval?: string;
  /** Log every API request to `connection.auditLogPath`. */
  readonly audit?: boolean;
}

export interface Cluster {
  readonly client: ClusterClient;
  readonly connection: ClusterConnection;
  readonly controlPlane: ControlPlane;
  readonly registry: Registry;
  readonly prometheus: Prometheus;
  readonly nodes: readonly NodeAgent[];
  /** Ends every process and removes every file of the cluster. */
  stop(): Promise<void>;
}

export async function startCluster(options: ClusterOptions, onProgress: OnProgress): Promise<Cluster> {
  const { nodes = 1, kwokNodes = 0, scrapeInterval = '1s', audit = false } = options;
  const binaries = await findBinaries(
    ['controlplane', 'registry', 'prometheus', 'workload', 'kwok'],
    onProgress,
  );
  // Stops what has started if anything fails; once all has, the cluster itself takes that over.
  await using parts = new AsyncDisposableStack();
  const site = await claimSite();
  parts.defer(() => site.release());

  onProgress('starting the control plane and the registry');
  const controlPlane = parts.use(new ControlPlane(site, binaries.controlplane, { audit }));
  const registry = parts.use(new Registry(site, binaries.registry));
  await Promise.all([controlPlane.start(), registry.start()]);

  onProgress('starting Prometheus and the nodes');
  const prometheus = parts.use(new Prometheus(site, binaries.prometheus, { controlPlane, scrapeInterval }));
  const connection: ClusterConnection = {
    kubeconfigPath: controlPlane.kubeconfigPath,
    kubectlCommand: [binaries.controlplane, 'kubectl'],
    workloadBinary: binaries.workload,
    registryAddress: registry.address,
    prometheusUrl: prometheus.url,
    auditLogPath: controlPlane.auditLogPath,
  };
  const client = await connect(parts, connection, 'test-cluster');
  const kwok = kwokNodes > 0 ? parts.use(kwokDaemon(site, binaries.kwok, controlPlane)) : undefined;
  const [agents] = await Promise.all([
    startNodes(parts, site, connection, nodes),
    prometheus.start(),
    kwok?.start(),
    createKwokNodes(client.api, kwokNodes),
  ]);
  const owned = parts.move();
  return {
    ...{ client, connection, controlPlane, registry, prometheus, nodes: agents },
    stop: () => owned.disposeAsync(),
  };
}

async function connect(
  parts: AsyncDisposableStack,
  connection: ClusterConnection,
  userAgent: string,
): Promise<ClusterClient> {
  const client = await ClusterClient.connect(connection, userAgent);
  parts.defer(() => client.close());
  return client;
}

/** With a client of their own, so that an audit log tells their requests from the tests'. */
async function startNodes(
  parts: AsyncDisposableStack,
  site: Site,
  connection: ClusterConnection,
  count: number,
): Promise<readonly NodeAgent[]> {
  const { api } = await connect(parts, connection, 'node-agent');
  const agents: NodeAgent[] = [];
  for (let number = 1; number <= count; number += 1) {
    const agent = parts.use(new NodeAgent({ api, site, number }));
    await agent.start();
    agents.push(agent);
  }
  return agents;
}
