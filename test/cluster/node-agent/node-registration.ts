import { availableParallelism } from 'node:os';
import type { ApiClient } from '../../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../../src/adapters/kubernetes/resource-path.ts';
import { sleep, timestamp } from '../time.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };
const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const LEASE_NAMESPACE = 'kube-node-lease';
/** The durations of a kubelet. */
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
/** Local processes are small, and the tests are about digests, not about space: the scheduler is to refuse nothing. */
const CPUS_FOR_EVERYBODY = 10;

export interface NodeIdentity {
  readonly name: string;
  readonly address: string;
  readonly maxPods: number;
}

/** Creates the Node, reports it ready and keeps its lease until the signal aborts. */
export async function registerNode(api: ApiClient, node: NodeIdentity, signal: AbortSignal): Promise<void> {
  const created = await api.create<{ metadata: { uid: string } }>(resourcePath(NODES), nodeObject(node));
  const lease = leaseObject(node.name, created.metadata.uid);
  await api.create(resourcePath(LEASES, { namespace: LEASE_NAMESPACE }), lease);
  await api.mergePatch(
    resourcePath(NODES, { name: node.name, subresource: 'status' }),
    { status: nodeStatus(node) },
    { fieldManager: 'node-agent' },
  );
  void renewLease(api, node.name, signal);
}

async function renewLease(api: ApiClient, name: string, signal: AbortSignal): Promise<void> {
  const path = resourcePath(LEASES, { namespace: LEASE_NAMESPACE, name });
  while (!signal.aborted) {
    await sleep(RENEW_MS, signal);
    // A missed renewal is made up for by the next one, long before the lease ends.
    await api
      .mergePatch(path, { spec: { renewTime: microTime() } }, { fieldManager: 'node-agent', signal })
      .catch(() => undefined);
  }
}

function nodeObject({ name }: NodeIdentity) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': goArchitecture(),
      },
    },
  };
}

function leaseObject(name: string, uid: string) {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime() },
  };
}

function nodeStatus({ name, address, maxPods }: NodeIdentity) {
  const capacity = {
    cpu: String(availableParallelism() * CPUS_FOR_EVERYBODY),
    memory: '64Gi',
    pods: String(maxPods),
  };
  const now = timestamp();
  const condition = (type: string, status: string, reason: string) => {
    return { type, status, reason, lastHeartbeatTime: now, lastTransitionTime: now };
  };
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
      condition('Ready', 'True', 'KubeletReady'),
    ],
  };
}

/** Go's name of this machine's architecture, which Kubernetes uses. */
function goArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

/** Kubernetes' `metav1.MicroTime` insists on six digits. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
