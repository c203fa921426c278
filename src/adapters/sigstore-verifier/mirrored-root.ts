import { initTUF } from '@sigstore/tuf';
import { readTrustedRoot } from './trusted-root.ts';

/**
 * The trusted root of the public-good instance as its mirror has it, by way of The Update Framework, which keeps its
 * state in `folder`. One try: there is no hurry. Rejects also for a root that is not understood.
 */
export async function mirroredRoot(folder: string): Promise<string> {
  const client = await initTUF({ cachePath: folder, retry: false, timeout: 5_000 });
  const root = await client.getTarget('trusted_root.json');
  readTrustedRoot(root);
  return root;
}
