import { ApiClient } from '../../src/adapters/kubernetes/api-client.ts';
import { loadClusterAccess } from '../../src/adapters/kubernetes/kube-config.ts';
import { resourcePath } from '../../src/adapters/kubernetes/resource-path.ts';
import type { ClusterConnection } from './connection.ts';
import { pushImage, registryUrl } from './images/push-image.ts';
import { type Behaviour, type Layer, workloadImage, workloadLayer } from './images/workload-image.ts';
import { kubectl } from './kubectl.ts';
import { serviceAccountKubeconfig } from './service-account.ts';
import { waitFor } from './wait-for.ts';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const NAMESPACE_TIMEOUT_MS = 30_000;

export interface WorkloadImage {
  readonly repository: string;
  readonly digest: string;
  /** `repository@digest` */
  readonly reference: string;
}

/** What a test does with a cluster, whichever process runs it. */
export class ClusterClient {
  readonly connection: ClusterConnection;
  readonly api: ApiClient;
  #layer: Promise<Layer> | undefined;

  private constructor(connection: ClusterConnection, api: ApiClient) {
    this.connection = connection;
    this.api = api;
  }

  static async connect(connection: ClusterConnection, userAgent: string): Promise<ClusterClient> {
    const access = await loadClusterAccess({ file: connection.kubeconfigPath });
    return new ClusterClient(connection, new ApiClient({ access, userAgent }));
  }

  /** Rejects with what kubectl wrote to stderr. */
  kubectl(args: readonly string[], stdin = ''): Promise<string> {
    return kubectl(this.connection, args, stdin);
  }

  /** Resolves once pods can be created in the namespace, which needs its default service account. */
  async createNamespace(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.api.create(resourcePath(NAMESPACES), {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    });
    const account = resourcePath(SERVICE_ACCOUNTS, { namespace: name, name: 'default' });
    await waitFor(`service account of namespace ${name}`, NAMESPACE_TIMEOUT_MS, () => this.api.get(account));
  }

  /** Returns at once; the namespace is gone when its pods are. */
  async deleteNamespace(name: string): Promise<void> {
    await this.api.delete(resourcePath(NAMESPACES, { name }));
  }

  /** Writes a kubeconfig with a token of that service account, and resolves with its path. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string> {
    return serviceAccountKubeconfig(this.api, this.connection.kubeconfigPath, namespace, name);
  }

  /** Builds and pushes an image of the test workload; `name` is the repository within the registry. */
  async pushWorkload(
    name: string,
    behaviour: Behaviour,
    tags: readonly string[] = [],
  ): Promise<WorkloadImage> {
    this.#layer ??= workloadLayer(this.connection.workloadBinary);
    const image = workloadImage(await this.#layer, behaviour);
    const { registryAddress } = this.connection;
    await pushImage(registryUrl(registryAddress), name, image, tags);
    const repository = `${registryAddress}/${name}`;
    const { digest } = image.manifest;
    return { repository, digest, reference: `${repository}@${digest}` };
  }

  /** Leaves the cluster running. */
  async close(): Promise<void> {
    await this.api.close();
  }
}
