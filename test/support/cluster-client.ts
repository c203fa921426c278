import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { ClusterClient } from '../cluster/cluster-client.ts';
import { lock } from '../cluster/lock.ts';

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

/** The policy that pins leaves it alone, as if it were not installed. */
export const UNPINNED_NAMESPACE = 'kube-system';

/** There is only one such namespace, and two operators in it would do the same work twice: tests take turns. */
export async function turnInUnpinnedNamespace({ connection }: ClusterClient): Promise<void> {
  const turn = await lock(`${connection.kubeconfigPath}/${UNPINNED_NAMESPACE}`, () => undefined);
  onTestFinished(() => turn.release());
}
