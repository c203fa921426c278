import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** A kubeconfig with two contexts, of which the first one leads nowhere and is current. */
export async function kubeconfig(server: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'config');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'nowhere' },
    clusters: [
      { name: 'nowhere', cluster: { server: 'http://127.0.0.1:9' } },
      // Plain HTTP is allowed to those alone that verify nothing.
      { name: 'there', cluster: { server, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'me', user: { token: 'secret' } }],
    contexts: ['nowhere', 'there'].map((name) => ({ name, context: { cluster: name, user: 'me' } })),
  };
  await writeFile(file, JSON.stringify(config));
  vi.stubEnv('KUBECONFIG', file);
  onTestFinished(() => void vi.unstubAllEnvs());
}
