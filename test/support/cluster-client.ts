import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { ClusterClient } from '../cluster/cluster-client.ts';

let connecting: Promise<ClusterClient> | undefined;

/** The cluster that vitest-setup.ts has started for all tests of this run. */
export function sharedCluster(): Promise<ClusterClient> {
  connecting ??= ClusterClient.connect(inject('cluster'), 'test');
  return connecting;
}

/** A namespace of the running test's own, deleted when the test ends. */
export async function testNamespace(
  cluster: ClusterClient,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `test-${randomBytes(4).toString('hex')}`;
  await cluster.createNamespace(name, labels);
  onTestFinished(() => cluster.deleteNamespace(name));
  return name;
}
