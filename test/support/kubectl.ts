import type { Shop } from '../cluster/shop.ts';
import { sharedCluster } from './cluster-client.ts';

/** kubectl on the cluster of this test run; rejects with what it wrote to stderr. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  return await kubectlWith('', ...args);
}

/** The same with a manifest on stdin. */
export async function kubectlWith(stdin: string, ...args: readonly string[]): Promise<string> {
  const cluster = await sharedCluster();
  return await cluster.kubectl(args, stdin);
}

/** For a namespace that outlives its test: the release, its workload and its Service. */
export async function removeShop({ namespace, name }: Shop): Promise<void> {
  const objects = ['ar', 'deploy', 'svc'].map((kind) => `${kind}/${name}`);
  await kubectl('delete', '-n', namespace, '--ignore-not-found', ...objects);
}
