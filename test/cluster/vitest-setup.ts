import type { TestProject } from 'vitest/node';
import { type Cluster, startCluster } from './cluster.ts';
import type { ClusterConnection } from './connection.ts';
import { endProgress, progressOnStderr } from './progress.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterConnection;
  }
}

interface SharedCluster {
  readonly cluster: Promise<Cluster>;
  users: number;
}

/**
 * Vitest calls this once for each project, and may load the module anew each time; the process is all they share.
 * So one cluster serves whatever projects run, and goes with the last of them.
 */
const shared: typeof globalThis & { artifactReleaseCluster?: SharedCluster } = globalThis;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.artifactReleaseCluster ??= { cluster: start(), users: 0 };
  const mine = shared.artifactReleaseCluster;
  mine.users += 1;
  const { connection } = await mine.cluster;
  project.provide('cluster', connection);
  return async () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    delete shared.artifactReleaseCluster;
    await (await mine.cluster).stop();
  };
}

async function start(): Promise<Cluster> {
  try {
    return await startCluster({ nodes: 2, kwokNodes: 1, audit: true }, progressOnStderr());
  } finally {
    endProgress();
  }
}
