import { stringify } from 'yaml';

export interface KubeconfigOptions {
  readonly server: string;
  /** PEM, of the authority that signed the server's certificate. */
  readonly authority: string;
  readonly user: string;
  readonly token: string;
  readonly namespace?: string;
}

/** Holds everything inline, so that the file can be copied and outlive a restart of whoever wrote it. */
export function kubeconfig(options: KubeconfigOptions): string {
  const { server, authority, user, token, namespace = 'default' } = options;
  const context = 'test-cluster';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: context,
        cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: context, context: { cluster: context, user, namespace } }],
    'current-context': context,
  });
}
