import { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import { resourcePath } from './resource-path.ts';
import { NAMESPACES } from './resources.ts';

const Identified = z.object({ metadata: z.object({ uid: z.string().min(1) }) });

/**
 * What tells this cluster from all others: the UID of its namespace kube-system, which nobody can delete. Rejects where
 * it cannot be read; without it, tags of another cluster could be taken for its own.
 */
export async function readClusterUid(client: ApiClient, signal?: AbortSignal): Promise<string> {
  const path = resourcePath(NAMESPACES, { name: 'kube-system' });
  return Identified.parse(await client.get<unknown>(path, signal && { signal })).metadata.uid;
}
