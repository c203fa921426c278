import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../../../src/adapters/kubernetes/api-client.ts';
import { loadClusterAccess } from '../../../../src/adapters/kubernetes/kube-config.ts';
import { json, ScriptedApiServer } from '../../../support/scripted-api-server.ts';

let directory: string;
let server: ScriptedApiServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-config-'));
  server = await ScriptedApiServer.start(json({ ok: true }));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function aKubeConfig(cluster: object = {}): Promise<string> {
  const file = join(directory, 'config');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [
      {
        name: 'c',
        cluster: { server: `${server.access.server}/`, 'insecure-skip-tls-verify': true, ...cluster },
      },
    ],
    users: [{ name: 'u', user: { token: 'abc' } }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'shop' } },
      { name: 'nowhere', context: { cluster: 'missing', user: 'u' } },
    ],
  };
  await writeFile(file, JSON.stringify(config)); // JSON is YAML
  return file;
}

describe('loadClusterAccess', () => {
  it('reads the server, the namespace and the credentials of the current context', async () => {
    const access = await loadClusterAccess({ file: await aKubeConfig() });
    expect(access).toMatchObject({ server: server.access.server, namespace: 'shop' });
    expect(await access.authenticate()).toEqual({ Authorization: 'Bearer abc' });
  });

  it('connects with them', async () => {
    const client = new ApiClient({ access: await loadClusterAccess({ file: await aKubeConfig() }) });
    expect(await client.get('/version')).toEqual({ ok: true });
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer abc');
    await client.close();
  });

  it('refuses a context without a cluster', async () => {
    const file = await aKubeConfig();
    await expect(loadClusterAccess({ file, context: 'nowhere' })).rejects.toThrow(
      'no cluster in context nowhere',
    );
  });

  it('refuses a SOCKS proxy', async () => {
    const file = await aKubeConfig({ 'proxy-url': 'socks5://127.0.0.1:1' });
    await expect(loadClusterAccess({ file })).rejects.toThrow('SOCKS proxies are not supported');
  });
});
