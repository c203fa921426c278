import { join } from 'node:path';
import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import type { ControlPlane } from './control-plane.ts';
import { SPARING_PROCESSORS } from './control-plane-flags.ts';
import { Daemon } from './daemon.ts';
import type { Site } from './site.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

/** Carried by the nodes that kwok plays, and by nothing else: it must leave the node agent's pods alone. */
export const KWOK_LABEL = { 'artifactrelease.dev/test-node': 'kwok' };

/** Plays nodes whose pods exist in the API only: for tests of numbers, not of behaviour. */
export function kwokDaemon(site: Site, binary: string, controlPlane: ControlPlane): Daemon {
  const selector = Object.entries(KWOK_LABEL).map(([key, value]) => `${key}=${value}`);
  return new Daemon(
    {
      name: 'kwok',
      command: binary,
      args: [
        `--kubeconfig=${controlPlane.kubeconfigPath}`,
        `--config=${join(import.meta.dirname, 'kwok-stages.yaml')}`,
        '--manage-all-nodes=false',
        `--manage-nodes-with-label-selector=${selector}`,
        // Renews well before the 40 s after which a node without a lease is not ready.
        '--node-lease-duration-seconds=40',
      ],
      env: { ...process.env, ...SPARING_PROCESSORS },
      logFile: site.path('kwok.log'),
    },
    async () => true,
  );
}

export async function createKwokNodes(api: ApiClient, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await api.create(resourcePath(NODES), kwokNode(`kwok-${number}`));
  }
}

function kwokNode(name: string) {
  const capacity = { cpu: '64', memory: '256Gi', pods: '1000' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...KWOK_LABEL, 'kubernetes.io/hostname': name } },
    // Nothing lands here that does not ask for it, so that ordinary pods run for real.
    spec: { taints: [{ key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' }] },
    status: { capacity, allocatable: capacity },
  };
}
