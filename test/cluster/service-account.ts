import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import { kubeconfig } from './kubeconfig.ts';

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const TOKEN_SECONDS = 24 * 3600;

const AdminKubeconfig = z.object({
  clusters: z.tuple([
    z.object({ cluster: z.object({ server: z.string(), 'certificate-authority-data': z.base64() }) }),
  ]),
});

/**
 * The administrator's kubeconfig with a service account in the administrator's place: what a process sees that runs
 * outside the cluster with the rights it will have inside. Resolves with the path of the file.
 */
export async function serviceAccountKubeconfig(
  api: ApiClient,
  adminKubeconfigPath: string,
  namespace: string,
  name: string,
): Promise<string> {
  const admin = AdminKubeconfig.parse(parse(await readFile(adminKubeconfigPath, 'utf8')));
  const { server, 'certificate-authority-data': authority } = admin.clusters[0].cluster;
  const request = await api.create<{ readonly status: { readonly token: string } }>(
    resourcePath(SERVICE_ACCOUNTS, { namespace, name, subresource: 'token' }),
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  );
  const path = join(dirname(adminKubeconfigPath), `${namespace}.${name}.kubeconfig`);
  const content = kubeconfig({
    server,
    authority: Buffer.from(authority, 'base64').toString('utf8'),
    user: `system:serviceaccount:${namespace}:${name}`,
    token: request.status.token,
    namespace,
  });
  await writeFile(path, content, { mode: 0o600 });
  return path;
}
